"""Paired worlds for the tests of signatures, run once each and kept."""

from __future__ import annotations

import functools

from sim.studies.compare import Comparison, compare

RESIDENTS = 100_000
REPLICATIONS = 5
LARGER = 2  # times as many residents, for what is rare


@functools.cache
def paired(
    scenario: str, levers: tuple[str, ...], set_values: tuple[str, ...] = (), *, larger: bool = False
) -> Comparison:
    """Return a comparison of `scenario` with itself under each lever, a year of a large sample."""
    return compare(
        scenario,
        levers,
        set_values=set_values,
        residents=RESIDENTS * (LARGER if larger else 1),
        replications=REPLICATIONS,
        days=365,
        seed=11,
    )
