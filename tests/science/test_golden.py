"""Golden numbers: what one small world counts.

A change of behaviour moves them on purpose: `make golden`, and a line in the change log that says why.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sim.engine.ledger import ROWS
from sim.model import Model

GOLDEN = Path(__file__).with_name("golden.json")
WORLDS = {
    "base": ("base", 20_000, 365.0),
    "davidson": ("places/davidson_tn", 20_000, 180.0),
    "jail_presence": ("stories/jail_presence", 20_000, 180.0),
}


@pytest.mark.parametrize("name", WORLDS)
def test_golden_counts_stand(name: str) -> None:
    scenario, residents, days = WORLDS[name]
    model = Model(scenario, seed=1, residents=residents)
    model.run_until(days)
    counted = {row: round(model.counts[row], 6) for row in ROWS if model.counts[row]}
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("EP_UPDATE_GOLDEN"):
        golden[name] = counted
        GOLDEN.write_text(json.dumps(golden, indent=2, sort_keys=True) + "\n")
    assert counted == golden[name]
