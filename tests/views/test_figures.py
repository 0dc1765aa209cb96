import io
import itertools
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import sim
from sim.outcomes.definitions import OUTCOMES
from sim.studies.compare import Comparison
from sim.views.figures import effects_figure, funnel_figure, write_figures
from sim.views.results import FUNNEL

LEVERS = ["null", "cite_and_release=0.9", "detainer_judicial_warrant", "data_firewall"]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return sim.compare("base", LEVERS, combined=True, residents=4_000, days=120, replications=3)


@pytest.fixture(scope="module")
def single() -> Comparison:
    """Give a comparison that has no intervals."""
    return sim.compare("base", ["cite_and_release=0.9"], residents=2_000, days=60, replications=1)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Give a lever file in a folder whose name looks like a parameter."""
    path = tmp_path / "a=1" / "own.yaml"
    path.parent.mkdir()
    parameter = "share: {default: 0.5, bounds: [0, 1], unit: probability, source: assumed, doc: it}"
    lines = ["title: My own", "claim: Data stay here.", "stage: sharing", "systems: []", "sources: []"]
    lines += [f"parameters: {{{parameter}}}", "patch: {set: {sharing.compliance: $share}}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def pixels(figure: Figure) -> np.ndarray:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]


@pytest.mark.parametrize("draw", [effects_figure, funnel_figure])
def test_figures_draw_without_warning_whatever_the_comparison(draw, comparison, single) -> None:  # type: ignore[no-untyped-def]
    for made in (comparison, single):
        assert pixels(draw(made)).std() > 0


def test_a_figure_leaves_the_state_of_matplotlib_alone(comparison: Comparison) -> None:
    before = dict(mpl.rcParams)
    effects_figure(comparison)
    assert dict(mpl.rcParams) == before


def words(figure: Figure) -> list[str]:
    found = [text.get_text() for text in figure.findobj(Text)]
    return [" ".join(text.split()) for text in found if text]


@pytest.mark.parametrize("draw", [effects_figure, funnel_figure])
def test_a_figure_says_what_was_run_and_in_which_unit(draw, comparison) -> None:  # type: ignore[no-untyped-def]
    said = " | ".join(words(draw(comparison)))
    assert "Average US county, 2025. 3 replications of 4,000 residents for 120 days, seed 1." in said
    assert "per 100,000 residents and year" in said
    assert "Cite and release (0.9)" in said
    assert "All levers together" in said


def test_a_figure_says_how_long_was_lived_before_counting(own: Path) -> None:
    done = sim.compare("base", [f"{own}=0.25"], residents=1_000, days=30, replications=1, warm_up=45)
    for draw in (effects_figure, funnel_figure):
        said = " | ".join(words(draw(done)))
        assert "1 replication of 1,000 residents for 30 days after 45 of warm-up, seed 1." in said
        assert "My own (0.25)" in said


def test_every_main_outcome_has_a_panel(comparison: Comparison) -> None:
    said = words(effects_figure(comparison))
    for outcome in (o for o in OUTCOMES if o.main is True):
        assert any(text.startswith(outcome.label) for text in said), outcome.name


def test_every_stage_has_its_value_for_every_world(comparison: Comparison) -> None:
    said = words(funnel_figure(comparison))
    panels = [ax for ax in funnel_figure(comparison).axes if ax.get_visible()]
    assert len(panels) == len(LEVERS) + 2
    assert all(len(ax.texts) == len(FUNNEL) for ax in panels)
    assert all(any(stage in text for text in said) for stage in FUNNEL.values())


def labels(figure: Figure) -> list[Text]:
    """Give all texts that are drawn: tick labels beyond an axis, and those of hidden panels, are not."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for panel in (axes for axes in figure.axes if axes.get_visible()):
        found += [text for text in panel.findobj(Text) if text.axes is panel]
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = (tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)
            found += [tick.label1 for tick in shown if tick.label1.get_visible()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("draw", [effects_figure, funnel_figure])
def test_no_label_overlaps_another_or_leaves_the_page(draw, comparison) -> None:  # type: ignore[no-untyped-def]
    figure = draw(comparison)
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.85)) for text in labels(figure)]
    assert len(boxes) > 50
    pairs = itertools.combinations(boxes, 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    page = figure.bbox.padded(1)
    assert [a for a, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))] == []


def test_the_same_comparison_gives_the_same_files(comparison: Comparison, tmp_path: Path) -> None:
    first = write_figures(tmp_path / "a", comparison)
    second = write_figures(tmp_path / "b", comparison)
    assert [path.name for path in first] == ["effects.png", "effects.svg", "funnel.png", "funnel.svg"]
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_pictures_are_1600_pixels_wide(comparison: Comparison, tmp_path: Path) -> None:
    from matplotlib.image import imread

    path = write_figures(tmp_path, comparison)[0]
    assert imread(io.BytesIO(path.read_bytes())).shape[1] == 1600
