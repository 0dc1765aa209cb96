"""Worlds in which every mechanism is alive, and the shortest way to see whether two of them differ.

One mechanism needs full jails, the next people who stay in them; a jail has one agreement, and a place one
law on licences.  So there are two worlds, and what is still in the first may move in the second.  What is
rare may be still in both without being dead: for that there is a larger sample of each.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import Model
from sim.outcomes.definitions import table
from sim.population.people import People
from sim.scenario.loader import LoadedScenario, load
from sim.studies.plan import Plan
from sim.studies.simulate import Settings, people_of

# Much contact, many noncitizens, rules that are kept half of the time, and too little of every capacity.
RICH = """
extends: base
name: Everything at once
run: {days: 200, residents: 6000, seed: 5}
population:
  county_residents: 16000
  groups: {white: 0.3, black: 0.15, hispanic: 0.4, asian: 0.1, other: 0.05}
  statuses: {naturalized: 0.12, lpr: 0.10, temporary: 0.06, undocumented: 0.15}
  record_nonviolent: {lpr: 0.2, temporary: 0.1}
  open_warrant: 0.03
  segregation: 0.6
agencies:
  city_police:
    officers: 60
    traffic_stops: 0.6
    street_stops: 0.1
    tips: {officers: 0.5, chance: 0.5}
    pretext: {chance: 1, log_odds: {white: 0.5, black: 0.5, hispanic: 2, asian: 0.5, other: 0.5}}
    model_287g: tfm
    deputized: 0.3
    task_force: 0.3
    compliance: 0.8
  sheriff:
    jail: city_jail
    officers: 40
    traffic_stops: 0.5
    street_stops: 0.1
    tips: {officers: 0.5, chance: 0.5}
    pretext: {chance: 1, log_odds: {white: 0.5, black: 0.5, hispanic: 2, asian: 0.5, other: 0.5}}
    status_inquiry: true
    model_287g: tfm
    deputized: 0.3
    task_force: 0.3
    compliance: 0.8
  state_police:
    officers: 30
    traffic_stops: 0.5
    street_stops: 0.1
    crime_share: 30
    tips: {officers: 0.5, chance: 0.5}
    pretext: {chance: 1, log_odds: {white: 0.5, black: 0.5, hispanic: 2, asian: 0.5, other: 0.5}}
    model_287g: tfm
    deputized: 0.3
    task_force: 0.3
    compliance: 0.8
jails:
  county_jail: {capacity: 60, cost_day: 100, ice_days_a_week: 3, model_287g: jem, deputized: 0.5,
                deputized_staff: 5, compliance: 0.8, hold_limit: 24, over_hold: 0.5, over_hold_mean: 36}
  city_jail: {capacity: 60, cost_day: 100, ice_days_a_week: 3, model_287g: wso, deputized: 0.5,
              deputized_staff: 5, compliance: 0.8, hold_limit: 24, over_hold: 0.5, over_hold_mean: 36}
operations:
  joint:
    agency: state_police
    begins: 30
    days: 20
    stops_a_day: 100
    officers: 20
    neighbourhoods: 0.3
    partner: true
    reasons: {moving_violation: 0.4, equipment: 0.4, suspicion: 0.2}
    profiling: {white: 1, black: 1, hispanic: 4, asian: 1, other: 1}
    unlicensed: 3
  own:
    agency: sheriff
    begins: 60
    days: 20
    stops_a_day: 100
    officers: 20
    neighbourhoods: 0.3
    partner: false
    reasons: {moving_violation: 0.4, equipment: 0.4, suspicion: 0.2}
    profiling: {white: 1, black: 1, hispanic: 4, asian: 1, other: 1}
    unlicensed: 3
stops:
  warrant_false_match: 0.002
  stale_warrant: 0.02
  immigration_false_match: 0.01
  misapplication: 0.02
arrests:
  rates: {no_licence: 1000, traffic: 3000, dui: 3000, misdemeanor: 5000, nonviolent_felony: 5000,
          violent_felony: 3000, warrant: 3000}
  crime_level: {violent: 1.2, property: 0.8}
custody: {longest: 90}
sharing: {compliance: 0.6, personal_compliance: 0.6}
state: {compliance: 0.6}
training: {effect: 0.5, half_life: 60, interval: 180}
oversight: {sampling: 0.5, delay: 20, finding: 0.7, consequence: 0.7, publicity: 0.5}
raids:
  mills: {begins: 20, days: 20, arrests: 300, neighbourhoods: 0.3, publicity: 3}
announcements:
  apology: {day: 40, legitimacy: 0.1, alarm: 0.2, belief: -0.2,
            reach: {white: 0.5, black: 0.5, hispanic: 0.5, asian: 0.5, other: 0.5}}
community:
  stake: {citizens: {white: 0.05, black: 0.2, asian: 0.5, other: 0.3}}
  victimization: {rates: {violent: 200, property: 300, domestic: 100}}
  reporting: {protection: 0.2, certification: 0.2}
  response: {offences: {violent: {misdemeanor: 0.5, nonviolent_felony: 0.1, violent_felony: 0.4},
                        property: {misdemeanor: 0.5, nonviolent_felony: 0.4, violent_felony: 0.1},
                        domestic: {misdemeanor: 0.6, nonviolent_felony: 0.1, violent_felony: 0.3}}}
  offending: {deterrence: 0.3, return_time: 30, incapacitation: 0.8}
  avoidance: {moving: 0.1}
  contacts: 0.5
  caution: 1.0
costs:
  claims: {over_hold: 0.5, wrongful: 0.5}
  reimbursement: {salary: 0.5, award: 2000, equipment: 4000}
ice:
  review: {hours_a_day: 8, lapse: 10, reserve: 5}
  matching: {print_false_match: 0.01, interview_error: 0.02, error_found: 20,
             stale_file: {naturalized: 0.05, lpr: 0.05, temporary: 0.1}}
  tips: {scene: 0.6}
  pickup: {hours_a_day: 3, delay: 24, notice: 24, reserve: 3}
  at_large: {hours_a_day: 100, interval: 20, collateral: 0.3, reserve: 3,
             community: {lpr: 5000, temporary: 5000, undocumented: 20000}}
  quota: {arrests: 2000, expected_from_jails: 500}
  detention: {beds: 150, reserve: 3}
rules:
  stop.query:
    - when: {status_inquiry: yes}
      then: [warrants, immigration]
    - when: {deputized: yes}
      then: {warrants+immigration: 0.5, warrants: 0.5}
    - otherwise: {warrants+immigration: 0.3, warrants: 0.5, none: 0.2}
  stop.street_check:
    - when: {immigration_hit: yes, model_287g: tfm, deputized: yes}
      then: {immigration_arrest: 0.5, hold: 0.5}
    - when: {immigration_hit: yes, group: [black, hispanic]}
      then: {hold: 0.5, tip: 0.5}
    - otherwise: {none: 0.8, ask: 0.15, tip: 0.05}
  booking.disposition:
    - when: {offence: [no_licence, traffic, misdemeanor], record: [none, nonviolent]}
      then: {cite_and_release: 0.4, book: 0.6}
    - otherwise: book
  sharing.channel:
    - when: {channel: victim_witness_records}
      then: withheld
    - otherwise: {shared: 0.5, withheld: 0.5}
  ice.review:
    - when: {hit: lawful}
      then: none
    - otherwise: {detainer: 0.5, judicial_detainer: 0.1, notification: 0.2, lead: 0.2}
  detainer.response:
    - when: {request: [notification]}
      then: notify
    - otherwise: {hold: 0.7, notify: 0.2, decline: 0.1}
  court.outcome:
    - when: {represented: yes}
      then: {removal: 0.3, voluntary_departure: 0.1, bond: 0.3, recognizance: 0.1, relief: 0.1,
             terminated: 0.1}
    - otherwise: {removal: 0.6, voluntary_departure: 0.1, bond: 0.1, recognizance: 0.1, terminated: 0.1}
unrestricted:
  sharing.channel:
    - otherwise: shared
state_rules:
  detainer.response:
    - when: {offence: dui}
      then: decline
  sharing.channel:
    - when: {channel: jail_roster, record: none}
      then: withheld
    - when: {channel: [informal_message, task_force_contact], record: [none, nonviolent]}
      then: withheld
"""

# The same with room, so that people stay to be held, asked for and fetched, with a jail that does not screen,
# with licences for everybody, and with a date on which something changes.
ROOMY = """
extends: rich.yaml
name: The same with room
set:
  population.licence_law: regardless_of_status
  state.agreements_287g: required
  state.required_coverage: 0.8
  jails.county_jail.model_287g: wso
  jails.city_jail.model_287g: none
  jails.*.capacity: 1000
  jails.county_jail.ice_days_a_week: 0
  agencies.*.model_287g: none
  agencies.sheriff.model_287g: tfm
  agencies.*.compliance: 1
  sharing.compliance: 0.95
  ice.review.hours_a_day: 1000
  ice.review.hours_each: 0.1
  ice.at_large.hours_each: 1
  ice.pickup.hours_a_day: 1000
  ice.quota.displacement: 0
  ice.quota.expected_from_jails: 50
  ice.detention.beds: 5000
timeline:
  - date: "2025-04-01"
    set: {agencies.*.status_inquiry: false}
"""

SMALL = {"rich": RICH, "roomy": ROOMY}
LARGE = {f"large_{name}": f"extends: {name}.yaml\nrun: {{days: 400, residents: 40000}}\n" for name in SMALL}

# Days on which two worlds are compared, before the end of the run: most differences show early.
LOOKS = (5, 30, 90, math.inf)


class Life:
    """A world that is lived only as far as anybody looks."""

    def __init__(self, world: LoadedScenario, people: People) -> None:
        self.model = Model(world, people=people)
        self.reported: list[NDArray[np.float64]] = []

    def at(self, look: int) -> NDArray[np.float64]:
        """Return all that is reported, totals and breakdowns, on the day of a look (numbered from 0)."""
        while len(self.reported) <= look:
            self.model.run_until(min(LOOKS[len(self.reported)], self.model.loaded.settings.run.days))
            self.reported.append(table(self.model.counts))
        return self.reported[look]


class Worlds:
    """The worlds by name, as files in a folder; people are made once for all worlds that share them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people: dict[str, People] = {}
        files = SMALL | LARGE
        for name, text in files.items():
            self.file(name).write_text(text, encoding="utf-8")
        self.base = {name: self.load(name) for name in files}
        self.life = {name: self.live(world) for name, world in self.base.items()}

    def file(self, name: str) -> Path:
        """Return the file of a world."""
        return self.folder / f"{name}.yaml"

    def load(self, name: str, **asked: Any) -> LoadedScenario:
        """Load a world with levers or settings laid over it."""
        return load(self.file(name), **asked)

    def live(self, world: LoadedScenario) -> Life:
        """Begin the life of a world, as long and as large as it says itself."""
        sizes = Settings.of(world, Plan())
        who = f"{world.settings.population.model_dump_json()} {sizes.residents} {sizes.seed}"
        if who not in self.people:
            self.people[who] = people_of(world, sizes, 0)
        return Life(world, self.people[who])


def differ(one: Life, other: Life) -> bool:
    """Whether two worlds ever report anything differently; with other breakdowns, any total."""
    for look in range(len(LOOKS)):
        a, b = one.at(look), other.at(look)
        if a.shape != b.shape:
            a, b = a[:, 0], b[:, 0]
        if not np.array_equal(a, b, equal_nan=True):
            return True
    return False
