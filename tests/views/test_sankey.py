"""The flow of people as a figure: its numbers have intervals, and its labels have room."""

import math
from statistics import stdev

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sim.outcomes.flows import PLACES, STAGE_OF, Link
from sim.views.results import FUNNEL
from sim.views.sankey import flow_figure, halves_of, sizes_of

LINKS: dict[Link, float] = {
    ("", "match"): 120.0,
    ("", "lawful_match"): 90.0,
    ("", "at_a_stop"): 1.0,
    ("", "own_search"): 80.0,
    ("match", "detainer"): 108.0,
    ("match", "too_late"): 2.0,
    ("match", "notification"): 4.0,
    ("match", "lapsed"): 3.0,
    ("match", "unanswered"): 3.0,
    ("lawful_match", "reviewed"): 90.0,
    ("detainer", "held"): 100.0,
    ("detainer", "lifted"): 2.0,
    ("detainer", "declined"): 6.0,
    ("notification", "notified"): 4.0,
    ("held", "transferred"): 100.0,
    ("at_a_stop", "transferred"): 1.0,
    ("lifted", "not_arrested"): 2.0,
    ("declined", "at_large"): 6.0,
    ("notified", "not_arrested"): 4.0,
    ("reviewed", "not_arrested"): 90.0,
    ("too_late", "not_arrested"): 2.0,
    ("lapsed", "not_arrested"): 3.0,
    ("unanswered", "not_arrested"): 3.0,
    ("own_search", "at_large"): 80.0,
    ("transferred", "removed"): 97.0,
    ("transferred", "in_detention"): 4.0,
    ("at_large", "let_go"): 86.0,
}


def rows(many: int = 3) -> pd.DataFrame:
    """Return the flow as `flows.csv` has it, a little more of it in each replication."""
    lines = [(r, *link, x + r) for r in range(many) for link, x in LINKS.items()]
    return pd.DataFrame(lines, columns=["replication", "from", "to", "value"])


def test_half_an_interval_is_that_of_what_flows_through_a_place() -> None:
    halves = halves_of(rows())
    assert set(halves) == {place for place, size in sizes_of(LINKS).items() if size}
    into = [sum(x + r for (_, to), x in LINKS.items() if to == "at_large") for r in range(3)]
    assert halves["at_large"] == pytest.approx(4.3027 * stdev(into) / math.sqrt(3), rel=1e-4)
    assert halves_of(rows(1)) == {}


def test_labels_tell_means_with_intervals_and_the_note_says_of_what() -> None:
    halves = halves_of(rows())
    figure = flow_figure([("Base", LINKS), ("other", LINKS)], [halves, halves])
    labels = [text.get_text() for text in figure.axes[1].texts]
    assert any(x.endswith(f"100 ± {halves['held']:.0f}") for x in labels)
    assert "95 % interval" in figure.texts[0].get_text()
    plain = flow_figure([("Base", LINKS)])
    assert not any("±" in text.get_text() for text in (*plain.axes[0].texts, *plain.texts))


def test_no_label_overlaps_another_or_the_bar_of_the_next_stage() -> None:
    halves = halves_of(rows())
    figure = flow_figure([("Base", LINKS), ("other", LINKS)], [halves, halves])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for panel in figure.axes:
        placed = [x for x in panel.texts if x.get_bbox_patch() is not None]
        assert len(placed) == len(halves)
        boxes = [x.get_window_extent(canvas.get_renderer()) for x in placed]
        for k, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[k + 1 :]), placed[k].get_text()
            next_bar = panel.transData.transform((math.floor(placed[k].get_position()[0]) + 1, 0))[0]
            assert box.x1 < next_bar, placed[k].get_text()
            assert box.y0 > panel.bbox.y0


def test_no_flow_at_all_is_an_empty_figure() -> None:
    assert flow_figure([("Base", {}), ("other", {})]).axes


def test_what_a_jail_agrees_to_is_not_called_what_the_pathway_counts() -> None:
    assert set(PLACES.values()).isdisjoint(FUNNEL.values())
    assert PLACES["held"] == "Agrees to hold"
    assert STAGE_OF["held"] == 2
