import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import SimError
from sim.scenario import vocabulary as v
from sim.studies import compare as comparing
from sim.studies.explain import explain
from sim.studies.findings import findings_of, read_findings, read_sensitivity
from sim.studies.output import write_comparison
from sim.studies.plan import Plan
from sim.studies.sensitivity.study import INDEX_COLUMNS
from sim.studies.traces import Traced, compare_presets_traced, compare_traced
from sim.views.rankings import write_presets

LEVERS = ("null", "prints_kept_local", "cite_and_release=0.9")
PLAN = Plan(residents=8_000, days=100, replications=3, seed=11)


@pytest.fixture(scope="module")
def traced() -> Traced:
    return compare_traced("base", LEVERS, plan=PLAN)


def test_tracing_changes_no_number_of_a_comparison(traced: Traced) -> None:
    plain = comparing.compare("base", LEVERS, plan=PLAN)
    assert repr(plain.effects) == repr(traced.comparison.effects)
    assert all(r.log is None for world in traced.comparison.results for r in world)


def test_each_lever_is_explained_as_sim_explain_does(traced: Traced) -> None:
    assert traced.traces is not None
    for lever, divergence in zip(LEVERS, traced.traces.divergences, strict=True):
        alone = explain("base", [lever], plan=PLAN)
        assert divergence.rows() == alone.rows() or repr(divergence.rows()) == repr(alone.rows())
        assert divergence.events == alone.events


def test_the_course_adds_up_to_what_is_counted(traced: Traced) -> None:
    for world in traced.comparison.results:
        for result in world:
            course = result.course
            assert course is not None
            assert course.shape == (3, 3, 1 + len(v.STATUSES))
            assert (course[:, :, 0] == course[:, :, 1:].sum(axis=2)).all()
            crimes = sum(
                result.counts[name] for name in ("violent_crime", "property_crime", "domestic_crime")
            )
            assert 0 < course[:, 0, 0].sum() <= crimes  # the last ten days are in no period
            assert course[:, 0, 0].sum() == pytest.approx(0.9 * crimes, rel=0.2)
            assert (course[:, 1] <= course[:, 0]).all()


def test_twins_have_the_same_course_where_the_lever_is_empty(traced: Traced) -> None:
    assert traced.traces is not None
    base, null = traced.comparison.results[:2]
    assert all(np.array_equal(a.course, b.course) for a, b in zip(base, null, strict=True))
    assert traced.traces.flows[0] == traced.traces.flows[1] != traced.traces.flows[2]


def written(folder: Path, traced: Traced) -> Path:
    write_comparison(folder, traced.comparison, seconds=1.0, command=["sim", "compare"], traces=traced.traces)
    return folder


def test_files_say_what_the_comparison_said(traced: Traced, tmp_path: Path) -> None:
    read, direct = read_findings(written(tmp_path, traced)), findings_of(traced)
    assert read.names == direct.names == ("base", *LEVERS)
    assert repr(read.effects) == repr(direct.effects)
    assert [w.same_as_base for w in read.worlds] == [False, True, False, False]
    assert read.worlds == direct.worlds
    assert read.lever_title("cite_and_release=0.9") == "Cite and release"
    assert dict(read.world("cite_and_release=0.9").levers[0].parameters) == {"share": 0.9}
    for name in ("attitudes", "course", "flows", "divergence"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(direct, name), check_dtype=False)
    for lever in LEVERS:
        verdicts = [
            (e.outcome, e.verdict) for e in traced.comparison.effects if e.lever == lever and not e.group
        ]
        assert verdicts == [(e.outcome, e.verdict) for e in read.effects if e.lever == lever and not e.group]


def test_a_comparison_without_traces_is_read_without_them(traced: Traced, tmp_path: Path) -> None:
    read = read_findings(written(tmp_path, dataclasses.replace(traced, traces=None)))
    assert len(read.flows) == len(read.course) == len(read.divergence) == 0
    assert repr(read.effects) == repr(findings_of(traced).effects)


def test_presets_are_read_with_their_effects_and_rankings(tmp_path: Path) -> None:
    small = Plan(residents=3_000, days=60, replications=2)
    done, traces = compare_presets_traced("base", ["cite_and_release=0.9"], plan=small)
    write_presets(tmp_path, done, seconds=1.0, command=["sim"], traces=traces)
    read = read_findings(tmp_path)
    assert [p.name for p in read.presets] == [p.name for p in done.presets]
    for told, comparison in zip(read.presets, done.comparisons, strict=True):
        key = "cite_and_release=0.9", "bookings"
        assert repr(told.effects[key]) == repr(comparison.effect(*key))
    assert {r.outcome: r.label for r in read.rankings} == {r.outcome: r.label for r in done.rankings}
    assert len(read.flows) > 0


def swap(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: (d / "manifest.json").unlink(), "no manifest.json"),
        (lambda d: (d / "manifest.json").write_text("{", encoding="utf-8"), "cannot be read"),
        (lambda d: (d / "manifest.json").write_text("{}", encoding="utf-8"), "another version"),
        (lambda d: (d / "effects.csv").unlink(), "holds no comparison"),
        (lambda d: (d / "effects.csv").write_text("lever,outcome\n", encoding="utf-8"), "lacks the column"),
        (lambda d: (d / "effects.csv").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
        (lambda d: (d / "flows.csv").write_text("", encoding="utf-8"), "cannot be read"),
        (
            lambda d: (d / "effects.csv").write_text(
                (d / "effects.csv").read_text(encoding="utf-8").replace(",stops,", ",halts,"),
                encoding="utf-8",
            ),
            "unknown outcome halts",
        ),
        (
            lambda d: swap(d / "effects.csv", "null,transfers,,,", "null,transfers,all,,"),
            "no line for transfers",
        ),
        (lambda d: swap(d / "effects.csv", "\nnull,", "\nother,"), "of another study: .* no world other"),
        (lambda d: swap(d / "flows.csv", "\nnull,", "\nother,"), "of another study: .* no world other"),
        (
            lambda d: swap(d / "over_time.csv", ",30.0,", ",3x.0,"),
            "line 2: day is '3x.0', which is no number",
        ),
        (lambda d: (d / "attitudes.csv").unlink(), "not whole: there is no attitudes.csv"),
        (lambda d: (d / "presets.json").write_text("[]", encoding="utf-8"), "holds two studies"),
    ],
)
def test_a_broken_folder_is_told_and_not_a_traceback(
    traced: Traced, tmp_path: Path, spoil, told: str
) -> None:  # type: ignore[no-untyped-def]
    folder = written(tmp_path, traced)
    spoil(folder)
    with pytest.raises(SimError, match=told):
        read_findings(folder)


@pytest.mark.parametrize("text", ["[]", "{}", '[{"name": "neutral"}]', "5"])
def test_broken_presets_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "presets.json").write_text(text, encoding="utf-8")
    with pytest.raises(SimError):
        read_findings(tmp_path)


def test_a_folder_that_is_not_there_or_has_no_indices_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="there is no folder"):
        read_findings(tmp_path / "none")
    with pytest.raises(SimError, match=r"no indices\.csv"):
        read_sensitivity(tmp_path)


@pytest.mark.parametrize(
    ("method", "study", "told"),
    [("tarot", "{}", "tarot"), ("morris", "[]", "study.json"), ("morris", '{"arms": []}', "study.json")],
)
def test_a_broken_sensitivity_study_is_told(tmp_path: Path, method: str, study: str, told: str) -> None:
    row = [method, "", "outcome", "", "transfers", "ice.pickup.delay", "mu_star", 1.0, 0.5, 1.5, 8, 2]
    pd.DataFrame([row], columns=list(INDEX_COLUMNS)).to_csv(tmp_path / "indices.csv", index=False)
    (tmp_path / "study.json").write_text(study, encoding="utf-8")
    if told == "tarot":
        (tmp_path / "study.json").unlink()
    with pytest.raises(SimError, match=told):
        read_sensitivity(tmp_path)


def test_a_world_that_changes_nothing_says_why_in_the_manifest(tmp_path: Path) -> None:
    done = compare_traced(
        "places/davidson_tn",
        ["detainer_judicial_warrant"],
        plan=Plan(residents=2_000, days=30, replications=2),
    )
    about = json.loads((written(tmp_path, done) / "manifest.json").read_text(encoding="utf-8"))
    assert about["worlds"][1]["same_as_base"] is True
    assert about["worlds"][1]["why_nothing"]
    assert sim.__version__ == about["code"]["version"]
