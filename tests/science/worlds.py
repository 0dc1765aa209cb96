"""Paired worlds for the tests of signatures, run once each and kept."""

from __future__ import annotations

import functools

from sim.studies.compare import Comparison, compare

RESIDENTS = 150_000
REPLICATIONS = 6


@functools.cache
def paired(scenario: str, levers: tuple[str, ...], set_values: tuple[str, ...] = ()) -> Comparison:
    """Return a comparison of `scenario` with itself under each lever, a year of a large sample."""
    return compare(
        scenario,
        levers,
        set_values=set_values,
        residents=RESIDENTS,
        replications=REPLICATIONS,
        days=365,
        seed=11,
    )
