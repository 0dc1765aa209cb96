"""Every shipped experiment runs on a small scale, and so does what makes its finding's figures."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from experiments.federal_appetite.analyse import shares
from sim.studies.sweeps.results import collect
from sim.studies.sweeps.sweep import Asked, run_sweep

FOLDER = Path(__file__).parents[2] / "experiments"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/experiment.yaml"))


def small(name: str, folder: Path) -> Path:
    """Write a shipped experiment with few and small runs, and return its folder."""
    yaml = YAML()
    data = yaml.load(FOLDER / name / "experiment.yaml")
    data |= {"residents": 300, "days": 20, "warm_up": 5, "replications": 2}
    if "points" in data["design"]:
        data["design"]["points"] = 4
    federal = [x for x in data["levers"] if "priorities_2024" in x or "priority_enforcement" in x]
    data["levers"] = [
        *data["levers"][:3],
        *[x for x in federal if not isinstance(x, list)],
    ]
    yaml.dump(data, folder / "experiment.yaml")
    return folder


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # so few people that some shares are of nobody
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_experiment_runs_and_so_does_its_analysis(name: str, tmp_path: Path) -> None:
    sweep = run_sweep(small(name, tmp_path), tmp_path / "results", Asked(workers=1))
    found = collect(sweep)
    assert (found.missing, found.errors) == (0, ())
    importlib.import_module(f"experiments.{name}.analyse").analyse(found, tmp_path)
    for file in (FOLDER / name).iterdir():
        if file.suffix in (".csv", ".png"):
            assert (tmp_path / file.name).stat().st_size > 0, (
                f"{file.name} is in the folder, and nothing makes it"
            )


def test_the_shares_of_federal_appetite_are_those_that_went_in() -> None:
    rng = np.random.default_rng(1)
    local = np.repeat([-1.0, 1.0], 5) * 2.0  # variance 4
    federal = np.repeat([-1.0, 1.0], 100) * 3.0  # variance 9
    both = local[:, None] * federal[None, :] / 6.0  # variance 1
    luck = rng.normal(0.0, 1.0, 60)[None, None, :] + rng.normal(0.0, 1.0, (10, 200, 60))  # variance 2
    found = shares(local[:, None, None] + federal[None, :, None] + both[:, :, None] + luck)
    expected = {"federal": 9 / 16, "local": 4 / 16, "both together": 1 / 16, "luck": 2 / 16}
    assert found == pytest.approx(expected, abs=0.02)
    # Without any effect all of it is luck.
    nothing = shares(rng.normal(0.0, 1.0, (10, 40, 6)))
    assert nothing["luck"] > 0.98
