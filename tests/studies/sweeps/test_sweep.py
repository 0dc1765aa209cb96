"""A sweep survives what happens to it: what is done is kept as it is, and the rest comes out the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.cli import main
from sim.errors import InputError, SimError
from sim.studies.compare import compare
from sim.studies.sweeps.results import collect, outcome_table, write_tables
from sim.studies.sweeps.sweep import Asked, begin, open_sweep, run_sweep, status_of
from tests.studies.sweeps.conftest import TEXT, Run, Write, shards

TABLES = ("points.csv", "runs.csv", "outcomes.csv", "outcomes.parquet", "effects.csv")


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in TABLES}


def test_a_sweep_says_what_compare_says_of_the_same_worlds(write: Write, tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("parameters")]
    found = collect(run_sweep(write(text=text), tmp_path / "results", Asked(workers=1)))
    sizes = {"residents": 400, "days": 40, "warm_up": 20.0, "seed": 11, "replications": 2}
    levers = ["data_firewall", "cite_and_release=0.4"]
    same = compare("base", levers, **sizes)  # type: ignore[arg-type]
    for _, _, effect in found.effects():
        other = same.effect(effect.lever, effect.outcome, effect.group, effect.level)
        assert repr(effect) == repr(other)  # missing values are no reason to differ


def test_any_number_of_threads_gives_the_same_bytes(run: Run) -> None:
    one, two = run(to="one"), run(to="two", workers=2)
    assert shards(one) == shards(two)
    for sweep in (one, two):
        write_tables(collect(sweep))
    assert tables(one.folder) == tables(two.folder)


def test_what_is_missing_is_run_again_and_comes_out_the_same(run: Run) -> None:
    whole = shards(run())
    folder = run(resume=True).store.shards
    assert len(whole) > 1
    first, *_ = whole
    (folder / f"{first}.parquet").unlink()
    assert shards(run(resume=True)) == whole


def test_a_finished_sweep_is_neither_run_again_nor_written_over(run: Run) -> None:
    before = shards(run())
    with pytest.raises(SimError, match="is complete: --extend adds to it"):
        run()
    assert shards(run(resume=True)) == before


def test_what_is_there_stays_when_replications_are_added(run: Run) -> None:
    before = shards(run())
    after = shards(run(extend=True, replications=3))
    assert before.items() < after.items()
    clean = run(("replications: 2", "replications: 3"), to="clean")
    assert after == shards(clean)


def test_what_is_there_stays_when_points_are_added(run: Run, tmp_path: Path) -> None:
    before = run()
    old = shards(before)
    after = run(("points: 4", "points: 8"), extend=True)
    assert old.items() < shards(after).items()
    clean = run(("points: 4", "points: 8"), to="clean")
    for sweep in (after, clean):
        write_tables(collect(sweep))
    assert tables(after.folder) == tables(clean.folder)


def test_what_is_there_stays_when_a_lever_is_added(run: Run) -> None:
    before = shards(run())
    more = run(("levers: [data_firewall", "levers: [data_firewall, notification_only"), extend=True)
    assert before.items() < shards(more).items()
    clean = run(("levers: [data_firewall", "levers: [data_firewall, notification_only"), to="clean")
    assert np.array_equal(collect(more).values, collect(clean).values, equal_nan=True)


def test_another_outcome_needs_no_run(run: Run) -> None:
    before = shards(run())
    after = run(("[bookings,", "[transfers, bookings,"), extend=True)
    assert shards(after) == before
    assert np.isfinite(collect(after).of("transfers")).all()


def test_points_that_a_lever_does_not_see_share_a_run(run: Run) -> None:
    text = "  community.victimization.rates.violent: {range: [15, 25]}\n"
    sweep = run((text, ""))
    # The base and cite_and_release once a replication; the firewall at each of four points.
    assert sweep.runs == 2 * (1 + 1 + 4)
    found = collect(sweep)
    assert found.missing == 0
    bookings = found.of("bookings")[0, 0]
    assert np.array_equal(bookings, np.broadcast_to(bookings[:1], bookings.shape))


def test_any_beginning_is_a_balanced_study(run: Run) -> None:
    places = list(run().planned())
    for n in range(3, len(places) + 1, 3):
        assert len({arm for *_, arm, _ in places[n - 3 : n]}) == 3  # twins stay together
        points = [point for point, *_ in places[:n:3]]
        times = [points.count(k) for k in range(4)]
        assert max(times) - min(times) <= 1


def test_a_run_that_fails_is_a_row_with_its_error(run: Run) -> None:
    # Each value is within its bounds, and at the second point there are more immigrants than residents.
    sweep = run(
        (
            "community.victimization.rates.violent: {range: [15, 25]}",
            "population.statuses.lpr: {grid: [0.02, 0.99]}",
        ),
        ("{range: [0.5, 1]}", "{grid: [0.9]}"),
        ("kind: sobol, points: 4", "kind: grid"),
    )
    status = status_of(sweep)
    assert (status.done, status.failed, status.planned) == (12, 6, 12)
    found = collect(sweep)
    assert all("more than 1" in why for *_, why in found.errors)
    assert (len(found.errors), found.missing) == (6, 0)
    assert np.isfinite(found.of("bookings")).sum() == 6
    write_tables(found)
    runs = pd.read_csv(sweep.folder / "runs.csv")
    assert runs["error"].notna().sum() == 6


def test_a_broken_shard_is_put_aside_and_its_runs_done_again(run: Run) -> None:
    sweep = run()
    whole = shards(sweep)
    first, second, *_ = whole
    path = sweep.store.shards / f"{first}.parquet"
    path.write_bytes(path.read_bytes()[:100])
    torn = bytearray(whole[second])
    torn[len(torn) // 3] ^= 0xFF  # a bit that has turned somewhere in the data
    (sweep.store.shards / f"{second}.parquet").write_bytes(bytes(torn))
    (sweep.store.shards / ".half.parquet.x1").write_bytes(b"PAR1")
    again = run(resume=True)
    assert shards(again) == whole
    assert {path.stem for path in (again.folder / "broken").iterdir()} == {first, second}
    assert not list(again.store.shards.glob(".*"))


def test_asking_how_far_a_sweep_is_moves_nothing(run: Run) -> None:
    sweep = run()
    first, *_ = shards(sweep)
    path = sweep.store.shards / f"{first}.parquet"
    path.write_bytes(path.read_bytes()[:100])
    before = sorted(p.relative_to(sweep.folder) for p in sweep.folder.rglob("*"))
    state = status_of(sweep)
    assert state.broken == (first,)
    assert not state.complete
    assert sorted(p.relative_to(sweep.folder) for p in sweep.folder.rglob("*")) == before


def test_a_table_of_somebody_else_among_the_shards_is_put_aside(run: Run) -> None:
    sweep = run()
    pq.write_table(pa.table({"x": [1, 2]}), sweep.store.shards / "zzz.parquet")
    again = run(resume=True)
    assert shards(again).keys() == shards(sweep).keys() - {"zzz"}
    assert (again.folder / "broken" / "zzz.parquet").is_file()


def test_a_description_that_is_not_whole_is_told(run: Run) -> None:
    sweep = run()
    (sweep.folder / "study.json").write_text('{"format": 1, "code": "x"}', encoding="utf-8")
    with pytest.raises(SimError, match="is not whole: it says nothing of experiment"):
        run(resume=True)


def test_a_sweep_that_was_never_begun_need_not_be_resumed(run: Run, write: Write, tmp_path: Path) -> None:
    asked = Asked(scheduler="tcp://127.0.0.1:1")
    sweep = open_sweep(write(), tmp_path / "results", asked)
    with sweep.store.locked():
        begin(sweep, asked)  # what is left behind where no scheduler answers
    assert sweep.store.exists
    assert status_of(run()).complete


def test_words_of_the_tidy_table_are_kept_once(run: Run) -> None:
    table = outcome_table(collect(run()))
    for name in ("scenario", "outcome", "group", "level", "unit", "preset"):
        words = table[name].chunk(0).dictionary.to_pylist()
        assert len(words) == len(set(words)) > 0


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("seed: 11", "seed: 12", "the seed"),
        ("residents: 400", "residents: 500", "the number of residents"),
        ("days: 40", "days: 50", "the number of days"),
        ("warm_up: 20", "warm_up: 10", "the warm-up"),
        ("scenario: base", "scenario: places/davidson_tn", "the scenario"),
        ("points: 4", "points: 2", "2 of 4 points, which are no longer there"),
        (
            "data_firewall.compliance: {range: [0.5, 1]}",
            "sharing.compliance: {range: [0.5, 1]}",
            "parameters",
        ),
    ],
)
def test_a_sweep_is_not_mixed_with_another(old: str, new: str, what: str, run: Run) -> None:
    before = shards(run())
    for asked in ({"resume": True}, {"extend": True}):
        with pytest.raises(SimError) as caught:
            run((old, new), **asked)
        assert "name another folder" in str(caught.value) or "--extend" in str(caught.value)
    assert what in str(caught.value)
    assert shards(run(resume=True)) == before


def test_two_sweeps_do_not_share_a_folder(run: Run) -> None:
    sweep = run()
    with sweep.store.locked(), pytest.raises(SimError, match=f"another sweep .process {os.getpid()}. is at"):
        run(resume=True)


def test_a_folder_that_cannot_be_written_to_is_told(write: Write, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SimError, match="cannot write to"):
        run_sweep(write(), tmp_path / "file" / "results", Asked(workers=1))


def test_a_sweep_that_was_killed_before_it_had_a_folder_is_resumed_by_beginning_it(run: Run) -> None:
    assert shards(run(to="resumed", resume=True)) == shards(run())


def test_the_status_of_what_has_not_begun_says_so(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(write()), "--out", str(tmp_path / "nowhere"), "--status"]) == 0
    told = capsys.readouterr().out
    assert "it has not begun" in told
    assert "--resume" not in told
    assert not (tmp_path / "nowhere").exists()


def test_a_shard_with_a_flipped_bit_is_not_counted_among_what_is_done(run: Run) -> None:
    sweep = run()
    name = sweep.store.names()[-1]
    path = sweep.store.shards / f"{name}.parquet"
    table = sweep.store.read(name)
    assert table is not None
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1  # among the tallies, which are most of it
    path.write_bytes(content)
    left = status_of(sweep)
    assert left.broken == (name,)
    assert left.done == sweep.runs - len(table)


def test_what_is_asked_of_a_sweep_is_checked_all_at_once(write: Write) -> None:
    with pytest.raises(InputError) as caught:
        open_sweep(write(("[bookings,", "[bokings,"), ("[status]", "[statis]")), None, Asked(replications=0))
    told = [(p.what, p.nearest) for p in caught.value.problems]
    assert ("unknown outcome 'bokings'", "bookings") in told
    assert ("unknown breakdown 'statis'", "status") in told
    assert any("replications is out of bounds" in what for what, _ in told)


def test_the_tables_are_tidy_and_agree_with_each_other(run: Run) -> None:
    sweep = run()
    found = collect(sweep)
    write_tables(found)
    outcomes = pq.read_table(sweep.folder / "outcomes.parquet").to_pandas()
    assert list(outcomes)[:8] == [
        "scenario",
        "replication",
        "seed",
        "outcome",
        "group",
        "level",
        "value",
        "unit",
    ]
    totals = outcomes[(outcomes["group"] == "") & (outcomes["outcome"] == "bookings")]
    wide = totals.pivot_table(
        index=["point", "replication"], columns="scenario", values="value", observed=True
    )
    assert np.array_equal(wide["base"].to_numpy().reshape(4, 2), found.of("bookings")[0, 0])
    # The parts of a rate add up to the whole.
    parts = outcomes[(outcomes["group"] == "status") & (outcomes["outcome"] == "bookings")]
    keys = ["scenario", "point", "replication"]
    sums = parts.groupby(keys, observed=True)["value"].sum()
    assert np.allclose(sums, totals.groupby(keys, observed=True)["value"].sum())
    effects = found.table()
    means = (wide["data_firewall"] - wide["base"]).groupby("point").mean()
    mine = effects[(effects["outcome"] == "bookings") & (effects["group"] == "")]
    mine = mine[mine["lever"] == "data_firewall"].set_index("point")["difference"]
    assert np.allclose(mine.sort_index(), means)


def _command(path: Path, folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "sim", "sweep", str(path), "--out", str(folder), "--workers", "1", *more]


def test_a_sweep_that_is_killed_is_resumed_to_the_same_bytes(write: Write, tmp_path: Path) -> None:
    path = write(("replications: 2", "replications: 16"))
    folder = tmp_path / "killed"
    with subprocess.Popen(_command(path, folder), stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 300
        while len(list(folder.glob("shards/*.parquet"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    left = status_of(open_sweep(path, folder))
    assert 0 < left.done < left.planned
    again = subprocess.run(_command(path, folder, "--resume"), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    clean = run_sweep(path, tmp_path / "clean", Asked(workers=2))
    write_tables(collect(clean))
    assert shards(open_sweep(path, folder)) == shards(clean)
    assert tables(folder) == tables(clean.folder)


def test_a_full_disk_is_told_and_what_is_done_is_kept(write: Write, tmp_path: Path) -> None:
    path = write()
    folder = tmp_path / "full"
    # No file may grow past some bytes: what a full disk does to a shard that is being written.
    limited = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from sim.studies.sweeps import places, sweep\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "whole = places.on_threads\n"
        "def then_full(jobs, workers):\n"
        "    for k, done in enumerate(whole(jobs, workers)):\n"
        "        if k == 1:\n"
        "            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "        yield done\n"
        "sweep.on_threads = then_full\n"
        "from sim.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", limited, *_command(path, folder)[3:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    opened = open_sweep(path, folder)
    assert len(opened.store.names()) == 1
    assert not list(opened.store.shards.glob(".*"))
    clean = run_sweep(path, tmp_path / "clean", Asked(workers=1))
    assert shards(run_sweep(path, folder, Asked(workers=1, resume=True))) == shards(clean)
