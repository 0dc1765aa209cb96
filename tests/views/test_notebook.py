import doctest
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

import sim
from sim.errors import InputError
from sim.outcomes.definitions import OUTCOMES
from sim.studies import compare as comparing
from sim.studies.run import Run
from sim.views import notebook
from sim.views.figures import new_figure
from tests.views.report.test_page import read

QUICK = sim.Plan(residents=2_000, days=60, replications=2)
EXPERIMENT = """\
question: Does it show itself?
scenario: base
replications: 2
residents: 1000
days: 30
levers: [cite_and_release, "null"]
outcomes: [bookings, transfers]
"""


@pytest.fixture(scope="module")
def comparison() -> notebook.Comparison:
    return sim.compare("base", ["null", "cite_and_release=0.9"], plan=QUICK)


def shows(result: object, *words: str) -> None:
    """Check that a result shows itself as HTML with the words, and draws itself."""
    html = result._repr_html_()  # type: ignore[attr-defined]
    text = " ".join("".join(read(html).text).split())
    for word in words:
        assert word in text
    figure = result.plot()  # type: ignore[attr-defined]
    assert isinstance(figure, Figure)
    png = figure._repr_png_()  # type: ignore[attr-defined]
    assert png.startswith(b"\x89PNG")
    assert len(png) > 5_000


@pytest.mark.parametrize("name", ["run", "compare", "explain"])
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    found = doctest.DocTestFinder(recurse=False).find(getattr(sim, name), name, globs={})
    runner = doctest.DocTestRunner()
    assert sum(len(test.examples) for test in found) > 2
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_the_examples_of_the_package_run() -> None:
    assert doctest.testmod(sim).failed == 0


def test_a_run_shows_itself() -> None:
    run = sim.run("base", plan=QUICK)
    assert isinstance(run, Run)
    shows(run, "From stop to removal", "Transfers to ICE")
    assert list(run.table().index) == [o.name for o in OUTCOMES]


def test_a_comparison_shows_itself(comparison: notebook.Comparison) -> None:
    assert isinstance(comparison, comparing.Comparison)
    shows(comparison, "Cite and release", "exactly 0", "no change")
    assert isinstance(comparison.plot("funnel"), Figure)


def test_the_tables_of_a_comparison_are_its_effects(comparison: notebook.Comparison) -> None:
    table = comparison.table()
    effect = comparison.effect("cite_and_release=0.9", "bookings")
    assert table.loc[("cite_and_release=0.9", "bookings"), "difference"] == effect.difference
    assert len(table) == 2 * len(OUTCOMES)
    by = comparison.table(by="status")
    assert isinstance(by.index, pd.MultiIndex)
    found = by.loc[("cite_and_release=0.9", "bookings", "undocumented"), "value"]
    assert found == comparison.effect("cite_and_release=0.9", "bookings", "status", "undocumented").value


def test_wrong_words_are_told_with_what_is_meant(comparison: notebook.Comparison) -> None:
    with pytest.raises(InputError, match="status"):
        comparison.table(by="statuss")
    with pytest.raises(InputError, match="effects"):
        comparison.plot("effect")  # type: ignore[arg-type]


def test_an_effect_that_there_is_not_is_told_by_the_first_name_that_is_wrong(
    comparison: notebook.Comparison,
) -> None:
    for name, what, near in (
        (("x", "bookings"), "no such lever", None),
        (("nul", "bookings"), "no such lever", "null"),
        (("null", "booking"), "no such outcome", "bookings"),
        (("null", "bookings", "statuss"), "no such breakdown", "status"),
        (("null", "bookings", "status", "undocumentd"), "no such level of status", "undocumented"),
        (("null", "bookings", "status"), "no such level of status", None),
        ((["null"], "bookings"), "no such lever", None),
    ):
        with pytest.raises(InputError, match=what) as caught:
            comparison.effect(*name)  # type: ignore[arg-type]
        assert isinstance(caught.value, KeyError)
        assert caught.value.problems[0].nearest == near
        assert str(caught.value) == str(caught.value.problems[0])


def test_one_lever_and_one_setting_need_no_list(comparison: notebook.Comparison) -> None:
    alone = sim.compare("base", "cite_and_release=0.9", set_values="ice.pickup.delay=10", plan=QUICK)
    assert alone.names == ("base", "cite_and_release=0.9")
    run = sim.run("base", "null", set_values="run.days=3", residents=500, replications=1)
    assert run.settings.days == 3
    assert [lever.name for lever in run.world.levers] == ["null"]
    with pytest.raises(InputError, match="unknown name"):
        run.plot("effects")  # type: ignore[arg-type]
    assert isinstance(run.plot("funnel"), Figure)


@pytest.mark.parametrize("study", [sim.run, sim.compare, sim.explain])
def test_arguments_of_a_wrong_type_are_told_together(study: Any) -> None:
    with pytest.raises(InputError) as caught:
        study(None, 3, set_values={"run.days": 3}, residents=-1)
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match=rf"sim\.{study.__name__}: the plan is none"):
        study("base", ["null"], plan={"days": 3})


def test_what_is_no_path_is_told(comparison: notebook.Comparison, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a comparison itself has `\.report\(path\)`"):
        sim.report(comparison)  # type: ignore[arg-type]
    for call in (
        lambda: sim.report(tmp_path, 3),  # type: ignore[arg-type]
        lambda: comparison.report(3),  # type: ignore[arg-type]
        lambda: sim.sweep(None),  # type: ignore[arg-type]
        lambda: sim.sweep(tmp_path, 3),  # type: ignore[arg-type]
    ):
        with pytest.raises(InputError, match="is no path or name"):
            call()


def test_a_divergence_shows_itself() -> None:
    why = sim.explain("base", ["cite_and_release=0.9"], outcome="bookings", plan=QUICK)
    shows(why, "Where timelines part", "cited and released")


def test_a_sweep_shows_itself(tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT, encoding="utf-8")
    found = sim.sweep(tmp_path, tmp_path / "results")
    shows(found, "cite_and_release", "Jail bookings")
    assert set(found.table()["lever"]) == {"cite_and_release", "null"}


def test_a_sweep_without_levers_says_that_it_has_no_effects(tmp_path: Path) -> None:
    varied = "parameters: {ice.pickup.effort.low: {grid: [0.4, 0.8]}}\ndesign: {kind: grid}\n"
    text = EXPERIMENT.replace('levers: [cite_and_release, "null"]\n', varied)
    (tmp_path / "experiment.yaml").write_text(text, encoding="utf-8")
    figure = sim.sweep(tmp_path, tmp_path / "results").plot()
    assert any("no levers" in text.get_text() for text in figure.texts)


def test_an_empty_figure_shows_itself() -> None:
    assert new_figure(1.0)._repr_png_()[:4] == b"\x89PNG"  # type: ignore[attr-defined]
