"""A busy county whose residents feel, report, suffer and avoid much, and random numbers for all of that."""

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from tests.properties.worlds import BUSY

RAID: dict[str, Any] = {"begins": 15, "days": 2, "arrests": 800, "neighbourhoods": 0.5, "publicity": 2}
PROMISE: dict[str, Any] = {
    "day": 30,
    "legitimacy": 0.2,
    "alarm": 0.3,
    "belief": -0.3,
    "reach": dict.fromkeys(v.GROUPS, 0.6),
}
# Upon the busy county: every effect is on, strong, and quick.
LIVELY: dict[str, Any] = {
    "population.groups": {"white": 0.3, "black": 0.15, "hispanic": 0.4, "asian": 0.1, "other": 0.05},
    "community.victimization.rates": {"violent": 1_000, "property": 800, "domestic": 600},
    "community.contacts": 3,
    "community.trust.step": 0.1,
    "community.reporting.trust": 3,
    "community.reporting.certification": 0.3,
    "community.offending.deterrence": 1,
    "community.offending.return_share": 0.7,
    "community.offending.return_time": 15,
    "community.offending.lag": 20,
    "community.avoidance.base": dict.fromkeys(v.ACTIVITIES, -2),
    "community.avoidance.moving": 0.7,
    "community.news.half_life": 30,
    "community.belief.credibility": 0.4,
    "community.caution": 3,
    "community.response.delay": 2,
    "community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 0.8),
    "operations.sweep": BUSY["operations.sweep"] | {"begins": 5, "days": 60, "officers": 300},
    "oversight.publicity": 1,
    "ice.matching.record_flag": 0.5,
    "raids.first": RAID,
    "announcements.promise": PROMISE,
}
SHARES = ("community.belief.paper", *(f"community.response.offences.{kind}" for kind in v.VICTIMIZATIONS))


@cache
def ranges() -> dict[str, tuple[float, float]]:
    """Give the range of every number of `community` (shares that add up to one as a whole are left out)."""
    found = {}
    for path, passport in load("base").passports.items():
        if path.startswith(("community.", "oversight.publicity")) and not path.startswith(SHARES):
            low, high = passport.range or (passport.value * 0.5, passport.value)
            found[path] = (float(low), float(high))
    return found


def under(*prefixes: str) -> list[str]:
    """Give the paths of all numbers under these."""
    return [path for path in ranges() if any(path == p or path.startswith(p + ".") for p in prefixes)]


def at_an_end(paths: list[str], end: int) -> dict[str, Any]:
    """Give these numbers at the low (0) or the high (1) end of their ranges."""
    return {path: ranges()[path][end] for path in paths}


def _shares(names: tuple[str, ...], seed: int) -> dict[str, float]:
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(names)))
    return dict(zip(names, drawn.tolist(), strict=True))


@st.composite
def feelings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw all numbers of `community` anywhere in their ranges, and what is announced and raided."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {
        path: float(min(max(rng.uniform(low, high), low), high)) for path, (low, high) in ranges().items()
    }
    found["community.belief.paper"] = _shares(v.POLICIES, seed)
    offences = ("misdemeanor", "nonviolent_felony", "violent_felony")
    for path in SHARES[1:]:
        found[path] = _shares(offences, seed + 1)
    share = st.floats(0, 1)
    signed = st.floats(-1, 1)
    found["announcements.word"] = {
        "day": draw(st.floats(0, 60)),
        "legitimacy": draw(signed),
        "alarm": draw(share),
        "belief": draw(signed),
        "reach": dict(zip(v.GROUPS, draw(st.lists(share, min_size=5, max_size=5)), strict=True)),
    }
    return found
