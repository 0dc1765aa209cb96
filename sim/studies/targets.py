"""The published patterns that the model is held against: number, range, source, and how to measure it.

Rows that the defaults were fitted to and rows that they were not are told apart (`fitted`), because only the
second kind tests the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.outcomes.counts import Counts
from sim.studies.simulate import WorldResult


@dataclass(frozen=True, slots=True)
class Regime:
    """A world in which rows are measured: a scenario with levers and settings."""

    name: str
    scenario: str = "base"
    levers: tuple[str, ...] = ()
    set_values: tuple[str, ...] = ()


Measure = Callable[[WorldResult], float]


@dataclass(frozen=True, slots=True)
class Target:
    """A published number and its range."""

    id: str
    what: str
    regime: Regime
    measure: Measure
    target: float
    low: float
    high: float
    unit: str
    source: str
    fitted: bool = True


BASE = Regime("base, 2025")
SECURE_COMMUNITIES = Regime("Secure Communities", levers=("secure_communities",))
PRIORITIES_2024 = Regime("2024 priorities", levers=("priorities_2024",))
PEP = Regime("Priority Enforcement Program", levers=("priority_enforcement",))
CONVICTIONS = Regime(
    "convictions only, high effort", levers=("detainer_on_conviction", "ice_effort=effort:0.95,hours:3")
)
NOTIFICATION = Regime(
    "notification, low effort",
    levers=("priorities_2024", "notification_only", "ice_effort=effort:0.1,hours:2"),
)
JUDICIAL = Regime("judicial warrant only", levers=("detainer_judicial_warrant",))
DAVIDSON_2025 = Regime("Davidson County 2025", "places/davidson_tn")
DAVIDSON_2024 = Regime("Davidson County 2024", "places/davidson_tn", ("ice_effort=effort:0.57,hours:2",))
DAVIDSON_2015 = Regime("Davidson County 2014–16", "places/davidson_tn_2015")


def _rate(*rows: str) -> Measure:
    def measure(result: WorldResult) -> float:
        counts = result.counts
        return _sum(counts, rows) * 100_000.0 * 365.0 / (counts.residents * counts.days)

    return measure


def _sum(counts: Counts, rows: Sequence[str]) -> float:
    return sum(counts[r] for r in rows)


def _ratio(top: Sequence[str], below: Sequence[str]) -> Measure:
    def measure(result: WorldResult) -> float:
        denominator = _sum(result.counts, below)
        return _sum(result.counts, top) / denominator if denominator else math.nan

    return measure


def _rate_of(row: str, breakdown: str, levels: Sequence[str]) -> Measure:
    def measure(result: WorldResult) -> float:
        counts = result.counts
        part = sum(counts.by(row, breakdown)[x] for x in levels)
        return part * 100_000.0 * 365.0 / (counts.residents * counts.days)

    return measure


def _share_of(row: str, breakdown: str, levels: Sequence[str]) -> Measure:
    def measure(result: WorldResult) -> float:
        parts = result.counts.by(row, breakdown)
        total = sum(parts.values())
        return sum(parts[x] for x in levels) / total if total else math.nan

    return measure


def _ticketed(group: str) -> Measure:
    def measure(result: WorldResult) -> float:
        stops = result.counts.by("traffic_stop", "group")[group]
        return result.counts.by("citation", "group")[group] / stops if stops else math.nan

    return measure


_ENDS = (
    "release_bond",
    "release_recognizance",
    "release_relief",
    "release_terminated",
    "voluntary_departure",
    "removal",
)
_REQUESTS = ("detainer", "notification_request")
_PER = "per 100,000 and year"


def _funnel() -> list[Target]:
    def row(
        what: str, measure: Measure, target: float, low: float, high: float, unit: str, source: str
    ) -> Target:
        return Target("F1", what, BASE, measure, target, low, high, unit, source)

    noncitizens, undocumented = ("lpr", "temporary", "undocumented"), ("undocumented",)
    minor = ("no_licence", "traffic", "dui", "misdemeanor")
    return [
        row("driver stops", _rate("traffic_stop"), 6000, 5400, 8000, _PER, "open_policing_2019"),
        row(
            "stopped Hispanic drivers ticketed",
            _ticketed("hispanic"),
            0.53,
            0.50,
            0.56,
            "share",
            "bjs_contacts_2022",
        ),
        row(
            "stopped white drivers ticketed",
            _ticketed("white"),
            0.39,
            0.36,
            0.42,
            "share",
            "bjs_contacts_2022",
        ),
        row(
            "arrests from stops",
            _rate_of("arrest", "pathway", ("traffic_stop", "street_stop")),
            120,
            60,
            180,
            _PER,
            "bjs_contacts_2022",
        ),
        row("all arrests", _rate("arrest"), 2200, 2070, 3070, _PER, "fbi_crime_explorer_2023"),
        row("jail admissions", _rate("booking"), 2270, 2150, 3140, _PER, "jail_inmates_2023"),
        row(
            "admissions for a misdemeanor",
            _share_of("booking", "offence", minor),
            0.35,
            0.30,
            0.45,
            "share",
            "prison_policy_misdemeanor_2025",
        ),
        row(
            "bookings of noncitizens",
            _rate_of("booking", "status", noncitizens),
            147,
            105,
            190,
            _PER,
            "own_estimate",
        ),
        row(
            "bookings of undocumented people",
            _rate_of("booking", "status", undocumented),
            60,
            57,
            93,
            _PER,
            "own_estimate",
        ),
        row("jail population", lambda r: r.in_jail, 198, 180, 216, "per 100,000", "jail_inmates_2023"),
        row("detainers", _rate("detainer"), 76, 65, 88, _PER, "trac_detainers_2025_04"),
        row(
            "ICE arrests in jails", _rate("ice_arrest_custodial"), 54, 38, 57, _PER, "prison_policy_ice_2025"
        ),
        row("ICE arrests at large", _rate("ice_arrest_at_large"), 60, 10, 66, _PER, "prison_policy_ice_2025"),
        row(
            "detained at a time", lambda r: r.in_ice_custody, 16, 11, 20, "per 100,000", "ice_detention_stats"
        ),
        row(
            "mean time in detention",
            _ratio(("detained_days",), _ENDS),
            44.5,
            41,
            47.3,
            "days",
            "ice_detention_stats",
        ),
        row(
            "detentions that end in removal",
            _ratio(("removal", "voluntary_departure"), _ENDS),
            0.86,
            0.83,
            0.89,
            "share",
            "ice_detention_stats",
        ),
        row(
            "detentions that end on bond",
            _ratio(("release_bond",), _ENDS),
            0.049,
            0.03,
            0.07,
            "share",
            "ice_detention_stats",
        ),
        row(
            "requests about people not removable",
            _ratio(("wrongful_requests",), _REQUESTS),
            0.005,
            0.001,
            0.01,
            "share",
            "gao_21_487",
        ),
    ]


def _regimes() -> list[Target]:
    request = _ratio(("removable_requests",), ("removable_bookings",))
    custody = _ratio(("ice_arrest_custodial",), _REQUESTS)
    block = _ratio(("removable_transfers",), ("removable_bookings",))
    rows: list[Target] = []

    def regime(where: Regime, *ranges: tuple[float, float, float], source: str) -> None:
        names = (
            "request given removable booking",
            "custody given request",
            "custody given removable booking",
        )
        for name, measure, (target, low, high) in zip(names, (request, custody, block), ranges, strict=True):
            rows.append(
                Target("F2", f"{where.name}: {name}", where, measure, target, low, high, "share", source)
            )

    regime(BASE, (0.9, 0.8, 1.0), (0.72, 0.65, 0.78), (0.65, 0.55, 0.72), source="own_estimate")
    regime(
        SECURE_COMMUNITIES,
        (0.9, 0.8, 1.0),
        (0.72, 0.65, 0.78),
        (0.65, 0.55, 0.72),
        source="secure_communities_stats",
    )
    regime(PRIORITIES_2024, (0.65, 0.44, 0.75), (0.55, 0.50, 0.60), (0.35, 0.28, 0.42), source="own_estimate")
    regime(PEP, (0.3, 0.2, 0.4), (0.35, 0.0, 0.40), (0.1, 0.05, 0.15), source="trac_detainers_2016")
    regime(
        CONVICTIONS,
        (0.9, 0.8, 1.0),
        (0.32, 0.25, 0.40),
        (0.30, 0.25, 0.35),
        source="orange_county_sheriff_2024",
    )
    regime(
        NOTIFICATION,
        (0.45, 0.3, 0.75),
        (0.11, 0.0, 0.15),
        (0.03, 0.0, 0.05),
        source="orange_county_sheriff_2024",
    )
    regime(JUDICIAL, (0.9, 0.8, 1.0), (0.0, 0.0, 0.01), (0.01, 0.0, 0.02), source="nypd_detainers_2019")
    prints = _ratio(("ice_arrest_custodial",), ("prints_shared",))
    rows.append(
        Target(
            "F2",
            "Secure Communities: custody per print",
            SECURE_COMMUNITIES,
            prints,
            0.0273,
            0.02,
            0.044,
            "share",
            "secure_communities_stats",
        )
    )
    return rows


def _davidson() -> list[Target]:
    custody = _ratio(("ice_arrest_custodial",), _REQUESTS)

    def licence(result: WorldResult) -> float:
        booked = result.counts.by("booking", "offence")["no_licence"]
        return booked * 100_000.0 * 365.0 / (result.counts.residents * result.counts.days)

    return [
        Target(
            "D1",
            "Davidson 2025: picked up per detainer",
            DAVIDSON_2025,
            custody,
            0.751,
            0.71,
            0.79,
            "share",
            "davidson_sheriff_2025",
        ),
        Target(
            "D1",
            "Davidson 2024: picked up per detainer",
            DAVIDSON_2024,
            custody,
            0.556,
            0.51,
            0.60,
            "share",
            "davidson_sheriff_2025",
        ),
        Target(
            "D2",
            "Davidson 2025: detainers",
            DAVIDSON_2025,
            _rate("detainer"),
            93,
            70,
            116,
            _PER,
            "davidson_sheriff_2025",
        ),
        Target(
            "D3",
            "Davidson 2014–16: bookings for no licence alone",
            DAVIDSON_2015,
            licence,
            715,
            500,
            930,
            _PER,
            "tennessean_2017",
        ),
    ]


def _composition() -> list[Target]:
    convicted = _share_of("ice_arrest_custodial", "record", ("nonviolent", "violent"))
    violent = _share_of("ice_arrest_custodial", "record", ("violent",))
    hispanic = _share_of("ice_arrest_custodial", "group", ("hispanic",))
    era = SECURE_COMMUNITIES
    return [
        Target(
            "C1",
            "transfers with a conviction",
            BASE,
            convicted,
            0.28,
            0.20,
            0.40,
            "share",
            "trac_detainers_2025_04",
        ),
        Target(
            "C2",
            "transfers with a violent conviction",
            BASE,
            violent,
            0.05,
            0.02,
            0.09,
            "share",
            "cato_detainees_2025",
        ),
        Target(
            "C3",
            "transfers of Hispanic residents",
            era,
            hispanic,
            0.90,
            0.85,
            0.95,
            "share",
            "goncalves_2024",
            fitted=False,
        ),
    ]


def targets() -> list[Target]:
    """Return all targets, funnel first."""
    return [*_funnel(), *_regimes(), *_davidson(), *_composition()]
