import os
from collections.abc import Iterator

# Before anything imports matplotlib: tests draw without a screen.
os.environ.setdefault("MPLBACKEND", "Agg")

import mesa
import pytest
from hypothesis import settings

# No deadline: the first example of a compiled function pays for its compilation.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def _forget_models() -> Iterator[None]:
    """Let go of the models that a test made: Mesa 3.3 numbers agents in a table that keeps every model."""
    yield
    ids = getattr(mesa.Agent, "_ids", None)
    if ids is not None:
        ids.clear()
