"""A county near the US average, for tests that need some county."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.scenario.schema import Population

SETTINGS: dict[str, Any] = {
    "county_residents": 400_000.0,
    "groups": {"white": 0.57, "black": 0.12, "hispanic": 0.21, "asian": 0.065, "other": 0.035},
    "statuses": {"naturalized": 0.073, "lpr": 0.037, "temporary": 0.01, "undocumented": 0.041},
    "status_groups": {
        "naturalized": {"white": 0.2, "black": 0.1, "hispanic": 0.33, "asian": 0.34, "other": 0.03},
        "lpr": {"white": 0.15, "black": 0.1, "hispanic": 0.45, "asian": 0.27, "other": 0.03},
        "temporary": {"white": 0.15, "black": 0.08, "hispanic": 0.37, "asian": 0.37, "other": 0.03},
        "undocumented": {"white": 0.05, "black": 0.06, "hispanic": 0.75, "asian": 0.12, "other": 0.02},
    },
    "ages": {"0-15": 0.22, "16-24": 0.13, "25-44": 0.24, "45-64": 0.23, "65-99": 0.18},
    "immigrant_ages": {"0-15": 0.05, "16-24": 0.1, "25-44": 0.37, "45-64": 0.31, "65-99": 0.17},
    "final_order": {"lpr": 0.002, "temporary": 0.01, "undocumented": 0.1},
    "biometric": {"naturalized": 0.9, "lpr": 0.95, "temporary": 0.98, "undocumented": 0.4},
    "record_nonviolent": {
        "us_born": 0.12,
        "naturalized": 0.04,
        "lpr": 0.05,
        "temporary": 0.03,
        "undocumented": 0.05,
    },
    "record_violent": {
        "us_born": 0.04,
        "naturalized": 0.01,
        "lpr": 0.015,
        "temporary": 0.01,
        "undocumented": 0.012,
    },
    "open_warrant": 0.02,
    "licence_law": "regardless_of_status",
    "licensed": {"us_born": 0.95, "naturalized": 0.95, "lpr": 0.9, "temporary": 0.85, "undocumented": 0.6},
    "drives": {"us_born": 0.9, "naturalized": 0.85, "lpr": 0.85, "temporary": 0.8, "undocumented": 0.75},
    "driving_spread": 0.7,
    "household_size": 2.5,
    "mixed_status": 0.45,
    "neighbourhoods": 20,
    "segregation": 0.4,
    "ties": {"kin": 4.0, "neighbours": 5.0, "co_ethnic": 8.0},
}


def population(**changes: Any) -> Population:
    return Population.model_validate(SETTINGS | changes)


@pytest.fixture(scope="session")
def settings() -> Callable[..., Population]:
    """Make settings: those above, with the sections named replaced."""
    return population
