"""What a scenario file may say about money and time: hours of officers, costs, claims, reimbursement."""

from __future__ import annotations

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Real, by, number, probability
from sim.scenario.section import Section


class Claims(Section):
    """Claims against the agency that held somebody without authority: rare, and of very unequal size."""

    over_hold: float = probability("chance that an over-hold leads to a paid claim", "uncertainty")
    wrongful: float = probability(
        "chance that the wrongful arrest or hold of a citizen or lawful resident leads to one", "uncertainty"
    )
    median: float = number("median payment", "USD per person", 0, 1e9, "uncertainty")
    spread: float = number("standard deviation of the logarithm of it", "log units", 0, 4, "uncertainty")


class Reimbursement(Section):
    """Federal payments to agencies with a task force agreement, for each officer with authority."""

    salary: float = probability("share of an officer's cost that is reimbursed", "lever")
    award: float = number("performance award", "USD per officer and year", 0, 1e6, "lever")
    equipment: float = number("equipment, spread over a year", "USD per officer and year", 0, 1e6, "lever")


class Costs(Section):
    """Hours and dollars of local agencies; each cost falls on the agency that bears it."""

    officer_hour: float = number("cost of an officer's hour", "USD per hour", 0, 1_000, "fact")
    hours: dict[str, Real] = by(
        v.TASKS, "officer hours that an immigration task takes", "hours", (0, 100), "uncertainty"
    )
    training_hours: dict[str, Real] = by(
        v.AGREEMENTS, "training that each officer with 287(g) authority has", "hours", (0, 2_000), "fact"
    )
    training_years: float = number(
        "how long one training lasts, for staff who stay and until it is given anew",
        "years",
        0.1,
        40,
        "uncertainty",
    )
    claims: Claims
    reimbursement: Reimbursement
