"""What a random world may say: any setting in its range, rules of any sort, operations anywhere."""

from typing import Any

from hypothesis import strategies as st

from sim.scenario import vocabulary as v

AGENCIES = ("city_police", "sheriff", "state_police")
JAIL = "county_jail"
DOMAINS = {"agency": AGENCIES, "jail": (JAIL,)}

_share = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
_stops = st.one_of(st.just(0.0), st.floats(0.05, 3))
_arrests = st.one_of(st.just(0.0), st.floats(100, 20_000))
_hours = st.one_of(st.just(0.0), st.floats(0.1, 50))
_odds = st.one_of(st.just(0.0), st.floats(0.1, 10))
_dollars = st.one_of(st.just(0.0), st.floats(1, 1e6))
# Zero or of everyday size: ratios of very unequal size need more candidates than a test has time for.
_ratio = st.one_of(st.just(0.0), st.floats(0.5, 3))

_AGENCY: dict[str, st.SearchStrategy[Any]] = {
    "officers": st.one_of(st.just(0), st.integers(1, 400)),
    "traffic_stops": _stops,
    "street_stops": _stops,
    "crime_share": st.integers(0, 10),
    "profiling.hispanic": st.floats(0, 3),
    "profiling_spread": st.floats(0, 1.5),
    "leniency": _share,
    "leniency_spread": _share,
    "tips.officers": _share,
    "tips.chance": _share,
    "tips.spread": st.floats(0, 3),
    "pretext.chance": _share,
    "pretext.log_odds.white": _odds,
    "pretext.log_odds.hispanic": _odds,
    "model_287g": st.sampled_from(v.MODELS_287G),
    "deputized": _share,
    "task_force": _share,
    "trained": _share,
    "status_inquiry": st.booleans(),
    "compliance": _share,
}
_JAIL: dict[str, st.SearchStrategy[Any]] = {
    "capacity": st.integers(0, 500),
    "cost_day": st.floats(0, 10_000),
    "ice_days_a_week": st.floats(0, 7),
    "model_287g": st.sampled_from(v.JAIL_MODELS),
    "deputized": _share,
    "deputized_staff": st.integers(0, 40),
    "compliance": _share,
    "hold_limit": st.one_of(st.just(0.0), st.floats(1, 240)),
    "over_hold": _share,
    "over_hold_mean": st.floats(0, 200),
}
OPERATION = st.fixed_dictionaries(
    {
        "agency": st.sampled_from(AGENCIES),
        "begins": st.one_of(st.just(0.0), st.floats(0, 120)),
        "days": st.floats(0.1, 60),
        "stops_a_day": st.one_of(st.just(0.0), st.floats(10, 1_000)),
        "officers": st.one_of(st.just(0.0), st.floats(0, 400)),
        "neighbourhoods": _share,
        "partner": st.booleans(),
        "reasons": st.permutations((0.2, 0.3, 0.5)).map(lambda x: dict(zip(v.REASONS, x, strict=True))),
        "profiling": st.fixed_dictionaries(dict.fromkeys(v.GROUPS, _ratio)),
        "unlicensed": _ratio,
    }
)
_STOPS: dict[str, st.SearchStrategy[Any]] = {
    "length": st.floats(0.01, 4),
    **{f"search.{name}": _share for name in ("white", "black", "hispanic")},
    "contraband": _share,
    "contraband_slope": st.floats(0, 200),
    "contraband_arrest": _share,
    "licence_arrest": _share,
    "warrant_false_match": _share,
    "stale_warrant": _share,
    "mistake_found": st.floats(0.05, 720),
    "immigration_false_match": _share,
    "federal_check": _share,
    "misapplication": _share,
    "disclosure": _share,
    **{f"suspicion.{name}": _share for name in ("white", "hispanic")},
    **{f"suspicion_unlicensed.{name}": _share for name in ("white", "hispanic")},
    "mistake_at_scene": _share,
    "scene_wait": st.floats(0.05, 48),
    "scene_limit": st.floats(0, 12),
}
_ICE: dict[str, st.SearchStrategy[Any]] = {
    "review.hours_a_day": _hours,
    "review.hours_each": st.floats(0.05, 5),
    "review.reserve": st.floats(0, 30),
    "review.turnaround": st.floats(0, 100),
    "review.lapse": st.floats(0.01, 60),
    "matching.print_false_match": _share,
    "matching.interview_error": _share,
    "matching.interview_reach": _share,
    **{f"matching.stale_file.{name}": _share for name in v.STATUSES[1:4]},
    "matching.error_found": st.one_of(st.floats(0.01, 5), st.floats(5, 365)),
    **{f"matching.deportable_lawful.{name}": _share for name in v.RECORDS},
    "tips.scene": _share,
    "tips.arrival": st.floats(0.01, 48),
    "tips.mistake": _share,
    **{f"pickup.effort.{name}": _share for name in v.PRIORITIES},
    "pickup.hours_a_day": _hours,
    "pickup.delay": st.floats(0, 100),
    "pickup.patience": st.floats(0, 48),
    "at_large.hours_a_day": _hours,
    "at_large.interval": st.floats(0.5, 60),
    "at_large.collateral": _share,
    "at_large.community.undocumented": st.one_of(st.just(0.0), st.floats(100, 300_000)),
    "quota.arrests": st.floats(0, 20_000),
    "quota.displacement": _share,
    "detention.beds": _hours,
    "detention.stay.removal": st.floats(0, 100),
    "detention.represented": _share,
}
# Money and hours; of these only `hours.street_arrest` may change what happens: it keeps officers busy.
COSTS: dict[str, st.SearchStrategy[Any]] = {
    "costs.officer_hour": st.floats(0, 1_000),
    **{f"costs.hours.{name}": st.floats(0, 100) for name in v.TASKS},
    **{f"costs.training_hours.{name}": st.floats(0, 2_000) for name in v.AGREEMENTS},
    "costs.claims.over_hold": _share,
    "costs.claims.wrongful": _share,
    "costs.claims.median": _dollars,
    "costs.claims.spread": st.floats(0, 4),
    "costs.reimbursement.salary": _share,
    "costs.reimbursement.award": _dollars,
    "costs.reimbursement.equipment": _dollars,
}
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    **{f"agencies.{name}.{key}": values for name in AGENCIES for key, values in _AGENCY.items()},
    **{f"jails.{JAIL}.{key}": values for key, values in _JAIL.items()},
    **{f"stops.{key}": values for key, values in _STOPS.items()},
    **{f"ice.{key}": values for key, values in _ICE.items()},
    **COSTS,
    "operations.sweep": OPERATION,
    "operations.blitz": OPERATION,
    "population.county_residents": st.integers(500, 200_000),
    "population.statuses.undocumented": st.floats(0, 0.12),
    "population.final_order.undocumented": _share,
    "population.biometric.undocumented": _share,
    "population.open_warrant": _share,
    "population.licence_law": st.sampled_from(["lawful_presence", "regardless_of_status"]),
    **{f"arrests.rates.{name}": _arrests for name in v.OFFENCES},
    **{f"arrests.crime_level.{name}": st.floats(0, 5) for name in v.CRIMES},
    "arrests.status_ratio.undocumented": st.floats(0, 10),
    "arrests.no_charge.misdemeanor": _share,
    "custody.median.own_recognizance": st.floats(0, 5),
    "custody.median.held": st.floats(0, 60),
    "sharing.compliance": _share,
    "sharing.personal_compliance": _share,
    "sharing.technical": st.lists(st.sampled_from(v.CHANNELS), max_size=3, unique=True),
    "state.compliance": _share,
    "state.agreements_287g": st.sampled_from(["local", "banned", "required"]),
    "state.required_coverage": _share,
    "training.effect": _share,
    "training.half_life": st.floats(1, 400),
    "training.interval": st.integers(1, 200),
    "oversight.sampling": _share,
    "oversight.delay": st.floats(0, 60),
    "oversight.finding": _share,
    "oversight.consequence": _share,
}


def _condition(name: str) -> st.SearchStrategy[Any]:
    attribute = v.ATTRIBUTES[name]
    if attribute.numeric:
        cut = st.integers(1, attribute.top - 1)
        return st.one_of(cut.map(lambda top: {"to": top}), cut.map(lambda low: {"from": low}))
    values = st.sampled_from(DOMAINS.get(name, attribute.values))
    return st.one_of(values, values.map(lambda value: {"not": value}))


def _answer(table: v.Table) -> st.SearchStrategy[Any]:
    one = st.sampled_from(table.answers)
    pairs = st.lists(one, min_size=2, max_size=2, unique=True)
    mixed = st.tuples(pairs, st.floats(0, 1)).map(lambda x: {x[0][0]: x[1], x[0][1]: "rest"})
    return st.one_of(one, mixed)


@st.composite
def rows(draw: st.DrawFn, table: v.Table, *, complete: bool = True) -> list[dict[str, Any]]:
    """Draw a table of up to two rows with conditions (on different attributes, so that each can fire)."""
    several = [n for n in table.sees if n != "jail"]
    names = draw(st.lists(st.sampled_from(several), min_size=0 if complete else 1, max_size=2, unique=True))
    drawn = [{"when": {name: draw(_condition(name))}, "then": draw(_answer(table))} for name in names]
    return [*drawn, {"otherwise": draw(_answer(table))}] if complete else drawn


@st.composite
def some_settings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a few settings, and a value somewhere in the range of each."""
    changed = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=25, unique=True))
    return {name: draw(SETTINGS[name]) for name in changed}


@st.composite
def some_tables(draw: st.DrawFn, *, complete: bool) -> dict[str, Any]:
    """Draw up to three tables."""
    names = draw(st.lists(st.sampled_from(v.TABLE_NAMES), max_size=3, unique=True))
    return {name: draw(rows(v.TABLES[name], complete=complete)) for name in names}
