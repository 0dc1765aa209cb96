"""Runs that are done again are the same, and what has been touched is found."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sim.cli import main
from sim.errors import SimError
from sim.studies.crate import write_crate
from sim.studies.sweeps.batch import shard_of
from sim.studies.sweeps.results import collect, write_tables
from sim.studies.sweeps.sweep import Asked, Sweep, run_sweep
from sim.studies.verify import verify

TEXT = """\
question: What does a firewall do?
scenario: base
replications: 2
residents: 300
days: 30
seed: 5
levers: [data_firewall]
outcomes: [bookings, transfers]
parameters: {data_firewall.compliance: {grid: [0.5, 1]}}
design: {kind: grid}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    folder = tmp_path_factory.mktemp("verify")
    (folder / "experiment.yaml").write_text(TEXT, encoding="utf-8")
    sweep = run_sweep(folder, folder / "results", Asked(workers=1))
    write_tables(collect(sweep))
    return sweep


@pytest.fixture
def sweep(made: Sweep, tmp_path: Path) -> Path:
    """Give a copy of a finished sweep beside its experiment, and return its folder."""
    shutil.copytree(made.folder.parent, tmp_path / "study")
    return tmp_path / "study" / "results"


def test_every_run_of_a_sweep_comes_out_the_same(sweep: Path) -> None:
    found = verify(sweep, sample=100)
    assert (found.runs, len(found.checked), found.differing) == (6, 6, ())
    assert len(verify(sweep, sample=2, seed=1).checked) == 2
    assert verify(sweep, sample=2, seed=1) == verify(sweep, sample=2, seed=1)


def test_a_run_that_was_touched_is_found(made: Sweep, sweep: Path) -> None:
    name, *_ = made.store.names()
    table = made.store.read(name)
    assert table is not None
    tallies = table["tally"].to_pylist()
    tallies[0][0] += 1.0
    column = table.schema.get_field_index("tally")
    touched = table.set_column(column, table.schema.field(column), pa.array(tallies, pa.list_(pa.float64())))
    (sweep / "shards" / f"{name}.parquet").write_bytes(shard_of(touched))
    found = verify(sweep, sample=100)
    assert [x.differs for x in found.checked if x.differs] == [("tally",)]
    assert [x.run for x in found.checked if x.differs] == [table["run"][0].as_py()]
    assert main(["verify", str(sweep), "--sample", "100"]) == 1


def _touch(path: Path) -> None:
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        k = table.schema.get_field_index("value")
        pq.write_table(table.set_column(k, "value", pc.add(table["value"], 1.0)), path)
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[-1] += "9"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["outcomes.parquet", "outcomes.csv", "effects.csv", "runs.csv", "points.csv", "missing"]
)
def test_a_table_that_does_not_hold_what_the_runs_say_is_found(sweep: Path, name: str) -> None:
    assert all(x.differs == () for x in verify(sweep, sample=1).files)
    if name == "missing":
        name = "effects.csv"
        (sweep / name).unlink()
    else:
        _touch(sweep / name)
    found = verify(sweep, sample=1)
    assert [x.run for x in found.differing] == [name]
    assert main(["verify", str(sweep), "--sample", "1", "--ro-crate"]) == 1
    assert not (sweep / "ro-crate-metadata.json").exists()


def test_what_is_not_there_is_told_before_anything_is_compiled(sweep: Path) -> None:
    about = json.loads((sweep / "study.json").read_text())
    (sweep / "study.json").write_text(json.dumps(about | {"code": "0" * 20}))
    with pytest.raises(SimError, match="another version"):
        verify(sweep, before_runs=lambda: pytest.fail("this was too early"))


def test_a_sweep_without_what_says_what_it_is_is_no_comparison(sweep: Path) -> None:
    (sweep / "study.json").unlink()
    (sweep / "manifest.json").write_text('{"worlds": []}')
    with pytest.raises(SimError, match=r"there is no study\.json"):
        verify(sweep)


def test_a_sweep_that_is_not_finished_is_refused(made: Sweep, sweep: Path) -> None:
    (sweep / "shards" / f"{made.store.names()[0]}.parquet").unlink()
    with pytest.raises(SimError, match="are not there yet"):
        verify(sweep)


def test_another_code_or_another_experiment_is_refused(sweep: Path) -> None:
    experiment = sweep.parent / "experiment.yaml"
    experiment.write_text(TEXT.replace("[0.5, 1]", "[0.6, 1]"), encoding="utf-8")
    with pytest.raises(SimError, match="differs in the points"):
        verify(sweep)
    experiment.unlink()
    with pytest.raises(SimError, match="no longer at"):
        verify(sweep)
    about = json.loads((sweep / "study.json").read_text())
    (sweep / "study.json").write_text(json.dumps(about | {"code": "0" * 64}))
    with pytest.raises(SimError, match="made by another version"):
        verify(sweep)


def test_the_outcomes_of_a_comparison_come_out_the_same_or_are_found(tmp_path: Path) -> None:
    sizes = ["--residents", "500", "--days", "30", "--replications", "2", "--warm-up", "5"]
    assert main(["compare", "base", "--lever", "data_firewall", *sizes, "--out", str(tmp_path)]) == 0
    found = verify(tmp_path, sample=10)
    assert (found.runs, len(found.checked), found.differing) == (4, 4, ())
    path = tmp_path / "outcomes.csv"
    lines = path.read_text().splitlines()
    k = next(
        k for k, line in enumerate(lines) if line.startswith("data_firewall,1,") and ",bookings,,," in line
    )
    parts = lines[k].split(",")
    lines[k] = ",".join([*parts[:6], "1.5", *parts[7:]])
    path.write_text("\n".join(lines) + "\n")
    written, effects, run = verify(tmp_path, sample=10).differing
    assert (run.run, run.differs) == ("data_firewall, replication 1", ("bookings",))
    assert (effects.run, len(effects.differs)) == ("effects.csv", 1)
    assert (written.run, written.differs) == ("outcomes.csv", ("not as it was written",))


def test_every_file_of_a_comparison_is_as_it_was_written_or_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--residents", "300", "--days", "20", "--replications", "2"]
    assert main(["compare", "base", "--lever", "cite_and_release", *sizes, "--out", str(tmp_path)]) == 0
    names = {"outcomes.csv", "effects.csv", "attitudes.csv", "over_time.csv", "flows.csv", "divergence.csv"}
    assert {x.run for x in verify(tmp_path, sample=1).kept} == names
    assert main(["verify", str(tmp_path), "--sample", "1"]) == 0
    assert "6 files as written." in capsys.readouterr().out
    (tmp_path / "divergence.csv").unlink()
    with (tmp_path / "flows.csv").open("a") as file:
        file.write("\n")
    assert main(["verify", str(tmp_path), "--sample", "1"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "flows.csv not as it was written" in told
    assert "divergence.csv missing" in told
    outcomes = (tmp_path / "outcomes.csv").read_text()
    (tmp_path / "outcomes.csv").write_text(outcomes.replace("replication", "replicatoin", 1))
    assert main(["verify", str(tmp_path), "--sample", "1"]) == 1
    assert "cannot be read as it was written" in capsys.readouterr().err


def test_an_event_log_that_is_gone_is_told(tmp_path: Path) -> None:
    words = ["run", "base", "--residents", "300", "--days", "5", "--replications", "1", "--events"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    assert verify(tmp_path).differing == ()
    (tmp_path / "events.parquet").unlink()
    (found,) = verify(tmp_path).differing
    assert (found.run, found.differs) == ("events.parquet", ("missing",))


def test_a_timeline_is_run_again_with_all_its_phases(tmp_path: Path) -> None:
    """Without its second phase, in which everybody who is arrested is cited, the runs would differ."""
    text = "extends: base\ntimeline: [{day: 9, levers: [cite_and_release: {share: 1}]}]\n"
    (tmp_path / "mine.yaml").write_text(text)
    words = ["run", str(tmp_path / "mine.yaml"), "--residents", "2000", "--days", "60", "--replications", "1"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    assert verify(tmp_path / "out").differing == ()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    del manifest["worlds"][0]["phases"][1:]
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest))
    (found,) = verify(tmp_path / "out").differing
    assert "bookings" in found.differs


def test_what_is_no_study_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert "holds no study" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "nowhere"), "--sample", "0", "--seed", "-1"]) == 2
    told = capsys.readouterr().err
    assert all(
        word in told for word in ("no such folder", "--sample is out of bounds", "--seed is out of bounds")
    )


def test_a_crate_describes_every_file_and_how_it_came_about(made: Sweep) -> None:
    path = write_crate(made, started="2026-01-01T00:00:00+00:00", ended="2026-01-01T01:00:00+00:00")
    graph = json.loads(path.read_text())["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    root = entities["./"]
    files = {x.relative_to(made.folder).as_posix() for x in made.folder.rglob("*") if x.is_file()}
    expected = {x for x in files if not Path(x).name.startswith(".")} - {path.name}
    assert {part["@id"] for part in root["hasPart"]} == expected
    for name in expected:
        content = (made.folder / name).read_bytes()
        assert entities[name]["contentSize"] == str(len(content))
        assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest()
    # Whatever is pointed to is there, but for pages of others.
    for entity in graph:
        for value in entity.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and set(one) == {"@id"}:
                    assert one["@id"] in entities or one["@id"].startswith("https://")
    action = entities["#sweep"]
    assert action["instrument"] == root["mainEntity"] == {"@id": "experiment.yaml"}
    assert "ComputationalWorkflow" in entities["experiment.yaml"]["@type"]
    assert {"https://w3id.org/ro/wfrun/workflow/0.5"} <= {x["@id"] for x in root["conformsTo"]}
    values = json.loads(entities["#value-data_firewall.compliance"]["value"])
    assert np.array_equal(np.sort(values), [0.5, 1.0])
