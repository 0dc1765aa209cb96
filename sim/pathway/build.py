"""From a scenario and its people to a world, and from one phase of its timeline to the next.

A sample smaller than the county scales officers, reviewers, beds and teams with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.community.records import BINS, MEASURES, NEWS, SURVEY_INTERVAL
from sim.community.settings import (
    announcement_records,
    community_record,
    new_climate,
    new_memory,
    raid_records,
    raids_of_phase,
)
from sim.community.streams import community_reach, community_sources
from sim.engine import budget as b
from sim.engine import candidates as c
from sim.engine.calendar import new_heap
from sim.engine.ledger import new_log, new_tally
from sim.engine.rulebook import build as build_rules
from sim.pathway.force import agency_records, force_records, set_shares
from sim.pathway.review import await_hours_anew
from sim.pathway.settings import budget_records, jail_records, office_record, settings_record
from sim.pathway.streams import operation_records, operations_of_phase, ranks_of, reach_of, sources
from sim.pathway.world import CASE, CLOCK, World
from sim.population.people import TIE_KINDS, People
from sim.scenario import vocabulary as v
from sim.scenario.loader import Phase

# Scheduled events, lines of the log, or cases that any event other than a household's arrest needs at most.
SPARE = 32


def new_world(phases: Sequence[Phase], people: People, seed: np.uint64, *, keep_log: bool) -> World:
    """Return the world of the first phase on day 0, with streams that reach the rates of every phase.

    Parameters
    ----------
    phases
        Settings and rules in the order of the timeline.
    people
        Residents, households and ties; the residents are copied.
    seed
        Root of all luck of this replication.
    keep_log
        Whether events are written down or only counted.
    """
    settings = phases[0].settings
    count = len(people.residents)
    clock = np.zeros(1, dtype=CLOCK).view(np.recarray)
    clock[0].seed = seed
    clock[0].next_review = np.inf
    clock[0].keep_log = 1 if keep_log else 0
    # Most that one event needs: a household taken together has a case each and two lines of the log each.
    clock[0].spare = SPARE + 2 * int(np.diff(people.household_start).max(initial=0))
    officers, agencies = force_records(settings, count, seed)
    slots = 256 + count // 40
    clock[0].free = slots
    neighbourhoods = int(people.residents["neighbourhood"].max()) + 1 if count else 1
    tally, columns = new_tally(len(agencies), max(neighbourhoods, settings.population.neighbourhoods))
    residents = people.residents.copy().view(np.recarray)
    every = [p.settings for p in phases]
    names = list(dict.fromkeys(name for s in every for name in s.operations))
    ranks = ranks_of(residents, max(neighbourhoods, settings.population.neighbourhoods))
    operations = operation_records(settings, names, residents, ranks)
    numbers = [community_record(p.settings, p.tables) for p in phases]
    raids = list(dict.fromkeys(name for s in every for name in s.raids))
    streams = c.new_streams(
        [
            *sources(every, residents, agencies, names, ranks),
            *community_sources(every, numbers, raids, residents, ranks),
        ],
        count,
    )
    reach = reach_of(every, residents)
    community_reach(numbers, residents, reach)
    climate, regard = new_climate(settings, numbers[0], residents, len(ranks))
    return World(
        clock=clock,
        residents=residents,
        reach=reach,
        household_start=people.household_start,
        tie_start=people.tie_start,
        tie_to=people.tie_to,
        tie_kind=people.tie_kind,
        tie_total=tie_totals(people, numbers[0]),
        officers=officers,
        agencies=agencies,
        operations=operations,
        ranks=ranks,
        jails=jail_records(settings, count),
        office=office_record(settings),
        budgets=budget_records(settings, count),
        settings=settings_record(settings),
        rules=build_rules(phases[0].tables),
        streams=streams,
        calendar=new_heap(512 + len(streams) + count // 20),
        queue=new_heap(256 + count // 100),
        cases=np.zeros(slots, dtype=CASE).view(np.recarray),
        free_slots=np.arange(slots, dtype=np.int32)[::-1].copy(),
        tally=tally,
        columns=columns,
        log=new_log(4096 if keep_log else 1),
        community=numbers[0],
        climate=climate,
        regard=regard,
        memory=new_memory(numbers[0], residents),
        announcements=announcement_records(settings),
        raids=raid_records(settings, raids, residents, ranks),
        news=np.zeros(int(clock[0].spare), dtype=NEWS).view(np.recarray),
        surveys=new_surveys(len(ranks), int(settings.run.days) // SURVEY_INTERVAL + 2),
    )


def new_surveys(neighbourhoods: int, rounds: int) -> NDArray[np.int32]:
    """Return empty histograms `(surveys, measures, columns, bins)`.

    The columns are all residents, then each status, each perceived group and each neighbourhood.
    """
    columns = 1 + len(v.STATUSES) + len(v.GROUPS) + neighbourhoods
    return np.zeros((rounds, len(MEASURES), columns, BINS), dtype=np.int32)


def tie_totals(people: People, numbers: Any) -> NDArray[np.float64]:
    """Return the weight of all ties of each resident, those within the household included."""
    weights = numbers.ties[0]
    sizes = np.diff(people.household_start)
    total: NDArray[np.float64] = weights[0] * (np.repeat(sizes, sizes) - 1.0)
    for kind in range(len(TIE_KINDS)):
        mine = np.concatenate(([0], np.cumsum(people.tie_kind == kind)))
        total += weights[1 + kind] * (mine[people.tie_start[1:]] - mine[people.tie_start[:-1]])
    return total


def enter_phase(world: World, phase: Phase, people: People, now: float) -> World:
    """Return the world under the settings and rules of another phase; what has happened stays."""
    settings = phase.settings
    count = len(world.residents)
    agencies = agency_records(settings, world.agencies)
    jails = jail_records(settings, count)
    jails.held, jails.most_held = world.jails.held, world.jails.most_held
    office = office_record(settings)
    for name in ("in_custody", "most_in_custody", "waiting"):
        office[name] = world.office[name]
    budgets = budget_records(settings, count)
    for k, (old, new) in enumerate(zip(world.budgets, budgets, strict=True)):
        if (old.flow, old.limit) == (new.flow, new.limit):
            budgets[k] = old  # to the last bit: a switch that changes nothing changes nothing
        else:
            new.level = min(b.available(old, now), new.limit)
            new.time, new.drawn = now, old.drawn
    officers = world.officers.copy().view(np.recarray)
    set_shares(settings, officers, agencies, world.clock[0].seed, now)
    community = community_record(settings, phase.tables)
    same_ties = np.array_equal(community.ties, world.community.ties)
    entered = world._replace(
        officers=officers,
        agencies=agencies,
        operations=operations_of_phase(settings, world),
        jails=jails,
        office=office,
        budgets=budgets,
        settings=settings_record(settings),
        rules=build_rules(phase.tables),
        community=community,
        tie_total=world.tie_total if same_ties else tie_totals(people, community),
        announcements=announcement_records(settings),
        raids=raids_of_phase(settings, world.raids, world.residents, world.ranks),
    )
    hours = b.REVIEW_HOURS
    if budgets[hours] != world.budgets[hours] or office[0].review_hours != world.office[0].review_hours:
        await_hours_anew(entered)
    return entered
