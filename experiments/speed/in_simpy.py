"""The simplified pathway in SimPy: continuous time, one arrival process for the region, one process per case.

This is a fair, idiomatic version, written as a competent SimPy user would write it for speed. A process per
resident would be the slow way; here all encounters of the region are one Poisson process that picks a
resident at each point, residents are two byte arrays, and a process is started only for a case that leads
to a booking. Waiting for ICE is a `Resource` whose capacity is the number of reviewers. Chance comes from
one `random.Random`.

A review takes its share of a working day. The jail keeps a person until a review under way has ended, as in
the Mesa version.
"""

from __future__ import annotations

from collections.abc import Generator
from math import log
from random import Random

import simpy

from experiments.speed.pathway import DAYS_A_YEAR, PATHWAY, Counts, Pathway, Tally

Process = Generator[simpy.Event, None, None]


class Region:
    """A region whose encounters and cases are SimPy processes."""

    def __init__(self, residents: int, seed: int, pathway: Pathway = PATHWAY) -> None:
        self.pathway = pathway
        self.random = Random(seed)
        self.tally = Tally()
        self.env = simpy.Environment()
        self.reviewers = simpy.Resource(self.env, capacity=pathway.reviewers)
        self.review_days = pathway.review_hours / pathway.working_hours
        self.jail_mu = log(pathway.jail_median_days)
        self.undocumented = bytearray(
            self.random.random() < pathway.undocumented_share for _ in range(residents)
        )
        self.at_home = bytearray(b"\x01") * residents
        self.env.process(self.encounters())

    def encounters(self) -> Process:
        """Meet residents at random, for a stop or for a crime."""
        env, random, tally, at_home = self.env, self.random, self.tally, self.at_home
        p, residents = self.pathway, len(self.at_home)
        rate = p.stop_rate + p.crime_arrest_rate
        if rate * residents == 0.0:
            return
        encounters_a_day = rate * residents / DAYS_A_YEAR
        stop_share = p.stop_rate / rate
        while True:
            yield env.timeout(random.expovariate(encounters_a_day))
            resident = int(random.random() * residents)
            if not at_home[resident]:
                continue
            if random.random() < stop_share:
                tally.stops += 1
                if p.stop_outcome(random.random()) != "arrest":
                    continue
            tally.arrests += 1
            if random.random() >= p.cite_and_release:
                env.process(self.case(resident))

    def case(self, resident: int) -> Process:
        """Follow one person from booking to home or removal."""
        env, random, tally, p = self.env, self.random, self.tally, self.pathway
        self.at_home[resident] = False
        tally.bookings += 1
        release = env.now + random.lognormvariate(self.jail_mu, p.jail_sigma)
        detainer = False
        if random.random() < p.prints_shared:
            tally.prints += 1
            if random.random() < p.match(bool(self.undocumented[resident])):
                tally.matches += 1
                with self.reviewers.request() as reviewer:
                    yield reviewer
                    yield env.timeout(self.review_days)
                tally.reviews += 1
                detainer = random.random() < p.detainer
                tally.detainers += detainer
        yield env.timeout(max(0.0, release - env.now))
        removed = False
        if detainer:
            ice_is_coming = random.random() < p.pickup
            yield env.timeout(p.hold_days * (random.random() if ice_is_coming else 1.0))
            if ice_is_coming:
                tally.pickups += 1
                yield env.timeout(random.expovariate(1.0 / p.detention_mean_days))
                removed = random.random() < p.removal
                tally.removals += removed
        self.at_home[resident] = not removed

    def pass_days(self, days: int) -> Counts:
        """Let days pass, and count what has happened so far."""
        if days:
            self.env.run(until=self.env.now + days)
        return self.tally.counts()


def run(residents: int, days: int, seed: int, pathway: Pathway = PATHWAY) -> Counts:
    """Build a region, let the days pass, and count what happened."""
    return Region(residents, seed, pathway).pass_days(days)
