"""Officers, operations, reviewers and jail staff do what their settings let them, where and when they do."""

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.luck import uniforms
from sim.model import Model
from sim.pathway.settings import HOURS_A_DAY
from sim.scenario import vocabulary as v
from tests.properties.draws import OPERATION
from tests.properties.histories import Line, by_case, is_staffed, read
from tests.properties.worlds import (
    AGENCIES,
    JAIL,
    Case,
    cases,
    happened,
    laid_over,
    ranks,
)

EXAMPLES = settings(max_examples=12)
ORDINARY = ("traffic_stop", "street_stop")


@EXAMPLES
@given(
    case=cases(),
    day=st.floats(1, 90),
    switched=st.fixed_dictionaries({}, optional={"sweep": OPERATION, "blitz": OPERATION}),
)
def test_saturation_stops_keep_to_the_window_the_places_and_the_agency_of_their_operation(
    case: Case, day: float, switched: dict[str, Any], folder: Path
) -> None:
    # Also where a switch begins operations or gives those under way another end, place or agency.
    timeline = [{"day": day, "set": {f"operations.{name}": own for name, own in switched.items()}}]
    model = case.live(case.load(folder, body={"timeline": timeline}))
    people, phases = model.people.residents, [p.settings for p in model.loaded.phases]
    rank = ranks(people, phases[0].population.neighbourhoods)
    names = list(dict.fromkeys(name for s in phases for name in s.operations))
    streams = {int(x.code): names[x.operation] for x in model.world.streams if x.operation >= 0}
    for line in happened(model, "saturation_stop"):
        in_force = phases[int(line["time"] >= day)].operations
        operation = in_force[streams[int(line["case"]) >> 40 << 40]]
        person = people[line["resident"]]
        assert operation.begins <= line["time"] < operation.begins + operation.days
        assert rank[person["neighbourhood"]] < math.ceil(operation.neighbourhoods * len(rank) - 1e-9)
        assert AGENCIES[line["agency"]] == operation.agency
        assert operation.stops_a_day > 0
        assert person["driving"] > 0
        assert person["licensed"] == 1 or operation.unlicensed > 0
        assert operation.profiling[v.GROUPS[person["group"]]] > 0
    for event in (*ORDINARY, "saturation_stop"):
        assert model.counts.by(event, "pathway")[event] == model.counts[event]


def tasks(model: Model, history: dict[int, list[Line]]) -> dict[int, list[tuple[float, float]]]:
    """Give the times from and to which each officer is taken by somebody held or arrested at a stop."""
    hours = model.loaded.settings.costs.hours["street_arrest"]
    found = defaultdict(list)
    for case in history.values():
        at = {line.event: line.time for line in case}
        begun = case[0].time
        if "street_hold" in at:
            end = at.get("ice_arrest_street", at.get("street_hold_released", math.inf))
            found[case[0].officer].append((begun, end))
        elif "ice_arrest_street" in at and "scene_response" not in at:
            found[case[0].officer].append((begun, begun + hours / HOURS_A_DAY))
    return found


@EXAMPLES
@given(case=cases())
def test_an_officer_makes_no_ordinary_stop_while_immigration_work_takes_them_and_any_other(
    case: Case, folder: Path
) -> None:
    model = case.live(case.load(folder))
    s, agencies = model.loaded.settings, model.world.officers.agency
    history = read(model)
    taken = tasks(model, by_case(history))
    for line in history:
        if line.event not in (*ORDINARY, "stop_foregone"):
            continue
        at_work = any(begun < line.time < end for begun, end in taken[line.officer])
        if line.event != "stop_foregone":
            assert not at_work
            continue
        # Who is not at work is on an operation of their agency.
        assert at_work or any(
            o.agency == AGENCIES[agencies[line.officer]]
            and o.officers > 0
            and o.begins <= line.time < o.begins + o.days
            for o in s.operations.values()
        )


@EXAMPLES
@given(case=cases())
def test_the_reviewer_opens_a_case_once_and_so_long_after_what_gave_rise_to_it(
    case: Case, folder: Path
) -> None:
    model = case.live(case.load(folder))
    oversight = model.loaded.settings.oversight
    for lines in by_case(read(model)).values():
        at = {line.event: line.time for line in reversed(lines)}  # the first of each
        motive = {"pretext_arrest", "street_hold", "ice_arrest_street"} & set(at)
        due = (lines[0].time if motive else at.get("rule_broken", math.inf)) + oversight.delay
        if "case_opened" in at:
            assert oversight.sampling > 0
            assert at["case_opened"] == due
        elif "pretext_arrest" in at:
            assert oversight.sampling < 1 or due >= case.days
        if "finding" in at:
            assert at["finding"] == at["case_opened"]


@EXAMPLES
@given(case=cases())
def test_staff_with_authority_serve_every_warrant_and_no_others_serve_one(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    for key, lines in by_case(read(model)).items():
        names = {line.event for line in lines}
        if "warrant_served" in names:
            assert is_staffed(model, key)
            assert "ice_arrest_custodial" in names
        elif {"honoured", "notified"} & names and {"jail_release", "hold", "ice_arrest_custodial"} & names:
            assert "detainer_lifted" in names or not is_staffed(model, key)


def test_nobody_serves_a_warrant_after_the_agreement_has_ended(folder: Path) -> None:
    staffed = {f"jails.{JAIL}.model_287g": "wso", f"jails.{JAIL}.deputized": 1}
    timeline = [{"day": 60, "set": {f"jails.{JAIL}.model_287g": "none"}}]
    case = Case(staffed, {}, {}, {}, 2_000, 120.0, 7)
    served = happened(case.live(case.load(folder, body={"timeline": timeline})), "warrant_served")["time"]
    assert 0 < served.max() < 60
    assert happened(case.live(case.load(folder)), "warrant_served")["time"].max() > 60


@EXAMPLES
@given(case=cases())
def test_only_a_request_about_somebody_who_is_not_removable_is_lifted(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    deportable = model.loaded.settings.ice.matching.deportable_lawful
    before, after = model.people.residents, model.world.residents
    luck = uniforms(model.seed_of_luck, "resident.deportable", len(before))
    certified = happened(model, "certified")
    since = dict(zip(certified["resident"].tolist(), certified["time"].tolist(), strict=True))
    for line in read(model):
        if line.event != "detainer_lifted":
            continue
        who = line.resident
        if since.get(who, math.inf) < line.time:
            continue  # a victim's certification stays removal
        assert before["order"][who] == 0
        assert before["status"][who] < v.UNDOCUMENTED
        if before["status"][who] >= v.LPR:
            # By the record that they had at some time of the run.
            records = v.RECORDS[before["record"][who] : after["record"][who] + 1]
            assert luck[who] >= min(deportable[name] for name in records)
    lifted, asked = (model.counts.by(row, "status") for row in ("detainer_lifted", "wrongful_requests"))
    assert all(lifted[status] <= asked[status] for status in v.STATUSES)


@EXAMPLES
@given(case=cases())
def test_a_finding_of_full_consequence_ends_an_officers_pretexts_and_tips(case: Case, folder: Path) -> None:
    # With no tips but the officers' own: nobody is told to send any.
    told = {"stop.street_check": [{"otherwise": "none"}]}
    strict = {
        "oversight.sampling": 1,
        "oversight.finding": 1,
        "oversight.consequence": 1,
        "oversight.delay": 1,
    }
    body = {"set": laid_over(case.settings, strict), "rules": case.rules | told, "state_rules": {}}
    model = case.live(case.load(folder, body | {"unrestricted": told}))
    found: dict[int, float] = {}
    for line in read(model):
        if line.event == "finding":
            found.setdefault(line.officer, line.time)
        elif line.event in ("pretext_arrest", "informal_message"):
            assert line.time <= found.get(line.officer, math.inf)
