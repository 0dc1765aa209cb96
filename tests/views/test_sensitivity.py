"""A sensitivity study, as it is shown: tables, files, figures, and what is wrong with what was asked."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.cli import main
from sim.studies.sensitivity import Sensitivity, sensitivity
from sim.studies.sensitivity.design import METHODS
from sim.studies.sensitivity.study import INDEX_COLUMNS, VARIANCE_COLUMNS
from sim.studies.sweeps.sweep import Asked
from sim.views.sensitivity import sensitivity_data, sensitivity_tables
from sim.views.sensitivity_figures import sensitivity_figure, short_names, uncertainty_figure, write_figures
from sim.views.tables import plain

TEXT = """\
question: What moves bookings and crime, and what do citations change of it?
scenario: base
replications: 2
residents: 3000
days: 60
seed: 0
outcomes: [bookings, recorded_crime, saturation_stops]
presets: [neutral, critic_favourable, supporter_favourable]
levers: [cite_and_release, data_firewall, {notification_only: 0.8}]
parameters:
  community.victimization.rates.violent: {range: [10, 40]}
  ice.pickup.effort.low: {range: [0.1, 0.9]}
  agencies.city_police.traffic_stops: {range: [0.1, 0.6]}
design: {kind: sobol, points: 4}
"""
SAMPLES = {"morris": 4, "sobol": 32, "pawn": 50}
DRAW = (sensitivity_figure, uncertainty_figure)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=METHODS)
def done(request: pytest.FixtureRequest, path: Path) -> Sensitivity:
    asked = Asked(replications=2 if request.param == "morris" else 1)
    short = path.with_name(f"{request.param}.yaml")
    text = TEXT
    if request.param != "morris":
        text = TEXT.replace("presets: [neutral, critic_favourable, supporter_favourable]\n", "")
        text = text.replace(", data_firewall, {notification_only: 0.8}", "")
    short.write_text(text, encoding="utf-8")
    return sensitivity(short, request.param, SAMPLES[request.param], folder=path.parent, asked=asked)


def test_tables_name_every_outcome_and_what_they_do_not_show(done: Sensitivity) -> None:
    said = "\n".join(plain(table) for table in sensitivity_tables(done))
    assert "Effect of cite_and_release" in said
    assert "community.victimization.rates.violent" in said
    assert "What it varies by" in said
    assert "no point differs" in said.replace("\n  ", " ")
    assert ("luck cannot be told" in said.replace("\n  ", " ")) == (done.replications == 1)


def test_all_that_is_told_is_there_as_plain_data(done: Sensitivity) -> None:
    data = sensitivity_data(done)
    assert data["method"] == done.design.method
    numbers = len(done.sweep.layout.arms) * 3
    assert len(data["analyses"]) == len(done.sweep.layout.presets) * numbers
    assert len(data["uncertainty"]) == numbers
    assert sum(len(a["indices"]) for a in data["analyses"]) == len(done.table())


def labels(figure: Figure) -> list[Text]:
    """Give all texts that are drawn: tick labels beyond an axis, and those of hidden panels, are not."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for panel in (axes for axes in figure.axes if axes.get_visible()):
        found += [panel.title, *panel.texts, *(t for t in [panel._left_title] if t)]  # type: ignore[attr-defined]
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = (tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)
            found += [tick.label1 for tick in shown if tick.label1.get_visible()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("draw", DRAW)
def test_no_label_overlaps_another_or_leaves_the_page(draw: Callable, done: Sensitivity) -> None:  # type: ignore[type-arg]
    figure = draw(done)
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.85)) for text in labels(figure)]
    assert len(boxes) > 15
    pairs = itertools.combinations(boxes, 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    page = figure.bbox.padded(1)
    assert [a for a, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))] == []


def test_the_same_study_gives_the_same_figures(done: Sensitivity) -> None:
    first = [path.read_bytes() for path in write_figures(done)]
    assert first == [path.read_bytes() for path in write_figures(done)]


def test_bars_hold_all_that_varies(done: Sensitivity) -> None:
    panel = uncertainty_figure(done).axes[0]
    wide: dict[float, float] = {}
    for bar in panel.patches:
        wide[bar.get_y()] = wide.get(bar.get_y(), 0.0) + bar.get_width()
    assert len(wide) == 2  # there are no operations
    assert list(wide.values()) == pytest.approx([100.0, 100.0])


def test_short_names_tell_parameters_apart() -> None:
    names = ["a.b.c", "a.d.c", "e.b.c", "lever.share"]
    assert short_names(names) == {
        "a.b.c": "a.b.c",
        "a.d.c": "d.c",
        "e.b.c": "e.b.c",
        "lever.share": "lever.share",
    }


def test_the_verb_writes_its_files_and_goes_on_with_them(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = path.with_name("small.yaml")
    small.write_text(TEXT.replace(", critic_favourable, supporter_favourable", ""), encoding="utf-8")
    words = [
        "sensitivity",
        str(small),
        "--samples",
        "4",
        "--out",
        str(tmp_path),
        "--effect-of",
        "cite_and_release",
    ]
    assert main([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["parameters"] == [
        "community.victimization.rates.violent",
        "ice.pickup.effort.low",
        "agencies.city_police.traffic_stops",
    ]
    folder = tmp_path / "sensitivity" / "morris"
    files = {
        "indices.csv",
        "variance.csv",
        "sensitivity.png",
        "uncertainty.png",
        "manifest.json",
        "study.json",
    }
    assert files <= {file.name for file in folder.iterdir()}
    for name, columns in (("indices.csv", INDEX_COLUMNS), ("variance.csv", VARIANCE_COLUMNS)):
        assert next(csv.reader((folder / name).read_text().splitlines())) == list(columns)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["method"], manifest["samples"]) == ("morris", 4)
    assert "SALib" in manifest["packages"]
    assert main(words) == 1
    assert "is complete" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0
    assert "Effect of cite_and_release" in capsys.readouterr().out


def test_all_that_is_wrong_is_told_at_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [
        "--method",
        "sobl",
        "--samples",
        "x",
        "--effect-of",
        "cite_and_releas",
        "--workers",
        "0",
        "--resume",
        "--extend",
    ]
    assert main(["sensitivity", str(path), *options, "--scheduler", "here", "--out", "/dev/null"]) == 2
    said = capsys.readouterr().err
    for part in (
        "--method: unknown method",
        "did you mean: sobol",
        "no lever 'cite_and_releas'",
        "did you mean: cite_and_release",
        "--workers is out of bounds",
        "one thing at a time",
        "not an address",
        "cannot write to",
    ):
        assert part in said
    assert (
        main(["sensitivity", str(path), "--method", "sobol", "--samples", "33", "--replications", "0"]) == 2
    )
    said = capsys.readouterr().err
    assert "--samples is no power of two" in said
    assert "--replications is out of bounds" in said
