"""Amounts that stand whatever happens to anybody: training, reimbursement, and officers sent on an operation.

They are counted for stretches of time between switches of a timeline, per agency, and have no other
breakdown.  What a single event costs is counted where it happens.  Also here: the years that residents lived,
which per-head figures of a group divide by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.ledger import (
    B_AGENCY,
    B_GROUP,
    B_NEIGHBOURHOOD,
    B_RECORD,
    B_STATUS,
    Q_OPERATION_HOURS,
    Q_REIMBURSEMENT,
    Q_RESIDENT_YEARS,
    Q_TRAINING_COST,
)
from sim.pathway.settings import jail_model, jail_staff, officers_sent
from sim.scenario import vocabulary as v
from sim.scenario.loader import Phase
from sim.scenario.schema import Agency, Scenario

HOURS_A_YEAR = 2_080.0  # of one officer
SHIFT = 8.0  # hours of an officer on an operation, a day


def count_standing(
    tally: NDArray[np.float64], columns: NDArray[np.int64], residents: int, phase: Phase, until: float
) -> None:
    """Add to a tally what stands from the begin of a phase to the day `until`, for a sample of residents."""
    s, since = phase.settings, phase.day
    share = residents / s.population.county_residents
    agency_column = int(columns[B_AGENCY])

    def add(row: int, agency: int, amount: float) -> None:
        tally[row, 0] += amount
        tally[row, agency_column + agency] += amount

    years = (until - since) / DAYS_A_YEAR
    names = list(s.agencies)
    for k, agency in enumerate(s.agencies.values()):
        agreed = agency.model_287g == "tfm" and s.state.agreements_287g != "banned"
        officers = agency.officers * agency.deputized * share if agreed else 0.0
        training = officers * s.costs.training_hours["tfm"] * s.costs.officer_hour / s.costs.training_years
        add(Q_TRAINING_COST, k, training * years)
        add(Q_REIMBURSEMENT, k, officers * _paid(s, agency) * years)
    for jail in s.jails.values():
        model = jail_model(s, jail)
        if model != v.NO_JAIL_MODEL:
            hours = s.costs.training_hours[v.JAIL_MODELS[model]]
            cost = jail_staff(s, jail) * hours * s.costs.officer_hour * share / s.costs.training_years
            add(Q_TRAINING_COST, len(names), cost * years)  # a jail is no agency
    for operation in s.operations.values():
        days = min(until, operation.begins + operation.days) - max(since, operation.begins)
        if days > 0:
            hours = officers_sent(s, operation) * SHIFT * days * share
            add(Q_OPERATION_HOURS, names.index(operation.agency), hours)


def count_resident_years(
    tally: NDArray[np.float64], columns: NDArray[np.int64], residents: NDArray[Any], days: float
) -> None:
    """Add the years that residents lived to a tally: in all, and by what they are from the start."""
    years = days / DAYS_A_YEAR
    tally[Q_RESIDENT_YEARS, 0] += len(residents) * years
    for column, name in (
        (B_STATUS, "status"),
        (B_GROUP, "group"),
        (B_RECORD, "record"),
        (B_NEIGHBOURHOOD, "neighbourhood"),
    ):
        people = np.bincount(residents[name])
        first = int(columns[column])
        tally[Q_RESIDENT_YEARS, first : first + len(people)] += people * years


def _paid(s: Scenario, agency: Agency) -> float:
    """Return what the federal government pays the agency a year for each officer with authority."""
    if agency.model_287g != "tfm":
        return 0.0
    terms = s.costs.reimbursement
    return terms.salary * s.costs.officer_hour * HOURS_A_YEAR + terms.award + terms.equipment
