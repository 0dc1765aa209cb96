"""The simplified pathway in plain Mesa: one object per resident, one step per day.

This is a fair, idiomatic version: what the Mesa tutorial leads a competent user to write. Residents,
officers and the ICE office are `Agent` objects, `AgentSet.do` steps them, chance comes from `self.random`,
and a removed resident leaves the model. Nothing is slowed down on purpose: residents are stepped without
shuffling because their order cannot matter, a resident who is free costs one random draw a day, one who
waits costs one comparison, and only the few officers are shuffled. What it cannot avoid is asking everybody
every day.

Times are rounded up to whole days, as they are in any daily step.
"""

from __future__ import annotations

from collections import deque
from math import log

from mesa import Agent, Model

from experiments.speed.pathway import DAYS_A_YEAR, PATHWAY, Counts, Pathway, Tally

RESIDENTS_PER_OFFICER = 500


class Resident(Agent):
    """Somebody who lives in the region, and is at home, in jail, held for ICE, or detained."""

    def __init__(self, model: Region, undocumented: bool) -> None:
        super().__init__(model)
        self.undocumented = undocumented
        self.place = "home"
        self.until = 0.0
        self.under_review = False
        self.detainer = False
        self.ice_is_coming = False

    def step(self) -> None:
        """Live one day."""
        if self.place == "home":
            if self.random.random() < self.model.crime_arrests_a_day:
                self.be_arrested()
        elif self.model.steps >= self.until and not self.under_review:
            self.leave()

    def be_arrested(self) -> None:
        """Be cited and released, or booked."""
        p, tally = self.model.pathway, self.model.tally
        tally.arrests += 1
        if self.random.random() < p.cite_and_release:
            return
        tally.bookings += 1
        self.go("jail", self.random.lognormvariate(log(p.jail_median_days), p.jail_sigma))
        if self.random.random() < p.prints_shared:
            tally.prints += 1
            if self.random.random() < p.match(self.undocumented):
                tally.matches += 1
                self.under_review = True
                self.model.ice.queue.append(self)

    def leave(self) -> None:
        """Move on from where the resident was kept."""
        p, tally = self.model.pathway, self.model.tally
        if self.place == "jail" and self.detainer:
            self.ice_is_coming = self.random.random() < p.pickup
            self.go("held", p.hold_days * (self.random.random() if self.ice_is_coming else 1.0))
        elif self.place == "held" and self.ice_is_coming:
            tally.pickups += 1
            self.go("detention", self.random.expovariate(1.0 / p.detention_mean_days))
        elif self.place == "detention" and self.random.random() < p.removal:
            tally.removals += 1
            self.place = "removed"
            self.remove()
        else:
            self.place = "home"
            self.detainer = False

    def go(self, place: str, days: float) -> None:
        """Be kept in a place for some days."""
        self.place = place
        self.until = self.model.steps + days


class Officer(Agent):
    """A police officer who stops residents met by chance."""

    def step(self) -> None:
        """Patrol for a day."""
        for _ in range(self.model.rng.poisson(self.model.stops_per_officer_day)):
            resident = self.random.choice(self.model.residents)
            if resident.place == "home":
                self.stop(resident)

    def stop(self, resident: Resident) -> None:
        """Stop a resident and decide what follows."""
        self.model.tally.stops += 1
        if self.model.pathway.stop_outcome(self.random.random()) == "arrest":
            resident.be_arrested()


class IceOffice(Agent):
    """The ICE field office: reviews matches in order of arrival, as far as the hours of the day go."""

    def __init__(self, model: Region) -> None:
        super().__init__(model)
        self.queue: deque[Resident] = deque()

    def step(self) -> None:
        """Work one day through the queue."""
        p, tally = self.model.pathway, self.model.tally
        hours = p.reviewers * p.working_hours
        while self.queue and hours >= p.review_hours:
            hours -= p.review_hours
            resident = self.queue.popleft()
            tally.reviews += 1
            resident.under_review = False
            resident.detainer = self.random.random() < p.detainer
            tally.detainers += resident.detainer


class Region(Model):
    """A region of residents, officers and one ICE office, stepped by the day."""

    def __init__(self, residents: int, seed: int, pathway: Pathway = PATHWAY) -> None:
        super().__init__(rng=seed)
        self.pathway = pathway
        self.tally = Tally()
        self.residents = [
            Resident(self, self.random.random() < pathway.undocumented_share) for _ in range(residents)
        ]
        officers = Officer.create_agents(self, max(1, residents // RESIDENTS_PER_OFFICER))
        self.ice = IceOffice(self)
        self.stops_per_officer_day = pathway.stop_rate / DAYS_A_YEAR * residents / len(officers)
        self.crime_arrests_a_day = pathway.crime_arrest_rate / DAYS_A_YEAR

    def step(self) -> None:
        """Let one day pass."""
        self.agents_by_type[Resident].do("step")
        self.agents_by_type[Officer].shuffle_do("step")
        self.ice.step()

    def pass_days(self, days: int) -> Counts:
        """Let whole days pass, and count what has happened so far."""
        for _ in range(days):
            self.step()
        return self.tally.counts()


def run(residents: int, days: int, seed: int, pathway: Pathway = PATHWAY) -> Counts:
    """Build a region, step it through whole days, and count what happened."""
    return Region(residents, seed, pathway).pass_days(days)
