import math

import numpy as np
import pytest

from sim.studies.compare import PRECISION, paired_effect

KEY = ("lever", "transfers", "", "")


@pytest.mark.parametrize(
    ("base", "value", "same", "verdict"),
    [
        ([5, 6, 7], [5, 6, 7], True, "no change"),
        ([5, 6, 7], [5, 6, 7], False, "none seen"),
        ([5, 6, 7], [3, 4, 5], False, "change"),
        ([5, 6], [3, 4], False, "unknown"),  # two pairs that happen to agree
        ([5], [3], False, "unknown"),
        ([5, 6, 7], [9, 2, 7], False, "below noise"),
        ([math.nan, math.nan], [1, 2], False, "unknown"),
    ],
)
def test_what_can_be_said_of_pairs(base: list[float], value: list[float], same: bool, verdict: str) -> None:
    x, y = (np.array(values, dtype=np.float64) for values in (base, value))
    effect = paired_effect(KEY, x, y, PRECISION, same=same)
    assert effect.verdict == verdict
    assert math.isnan(effect.ci_low) == (verdict in ("unknown", "none seen"))
