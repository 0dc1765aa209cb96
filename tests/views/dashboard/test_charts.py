"""What a comparison shows: well-formed, escaped, readable, and the numbers of `sim compare`."""

import itertools
import math
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from statistics import stdev
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from sim.outcomes.course import CRIMES, REPORTS
from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.studies.compare import Comparison, Effect, compare
from sim.studies.plan import Plan
from sim.studies.traces import compare_traced
from sim.views.dashboard import charts
from sim.views.dashboard.markup import (
    axis_limit,
    difference_words,
    effect_rows_html,
    table_html,
    verdict_words,
)
from sim.views.dashboard.neighbourhoods import MEASURES, VIEWS, colour, contrast, ink_on, map_html
from sim.views.results import FUNNEL
from sim.views.tables import Column, Table, number

NAME = "cite_and_release=0.9"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    plan = Plan(residents=1_500, days=95, replications=3, seed=2)
    return compare_traced("base", [NAME, "null"], combined=True, plan=plan).comparison


def parsed(html: str) -> ET.Element:
    """Read HTML that is XML too, as all that is made here is."""
    return ET.fromstring(f"<div>{html}</div>")


def words(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def effect(**changes: object) -> Effect:
    made = Effect("x", "transfers", "", "", 10.0, 12.0, 2.0, 1.0, 3.0, 0.5, 0.1, 10, 20, "rate")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_table_of_effects_has_every_main_outcome_with_its_numbers(comparison: Comparison) -> None:
    shown = parsed(charts.effects_html(comparison, NAME))
    rows = {row.get("data-outcome"): row for row in shown.iter("tr") if row.get("data-outcome")}
    assert {o.name for o in OUTCOMES if o.main is True} <= set(rows)
    for name, row in rows.items():
        assert name is not None
        found = comparison.effect(NAME, name)
        cells = {cell.get("data-label"): words(cell) for cell in row.iter("td")}
        assert cells["base"] == number(found.base)
        assert cells["with levers"] == number(found.value)
        assert cells["verdict"] == verdict_words(found)
        assert words(row).startswith(BY_NAME[name].title)


def test_a_lever_that_changes_nothing_says_so_and_why(comparison: Comparison) -> None:
    shown = words(parsed(charts.effects_html(comparison, "null")))
    assert "exactly 0" in shown
    assert "below noise" not in shown
    assert comparison.why_nothing("null") is not None
    assert str(comparison.why_nothing("null")) in shown


@pytest.mark.parametrize("name", [NAME, "null", "combined"])
def test_every_chart_is_well_formed_and_tells_no_nan(comparison: Comparison, name: str) -> None:
    made = [
        charts.glance_html(comparison, name),
        charts.effects_html(comparison, name),
        charts.funnel_html(comparison, name),
        charts.attitudes_html(comparison, name),
        charts.reports_html(comparison, name),
        charts.reporting_html(comparison, name),
        table_html(charts.base_table(comparison)),
        *(charts.bearing_html(comparison, name, by) for by in charts.BY),
        *(map_html(comparison, name, m, view) for m, view in itertools.product(MEASURES, VIEWS)),
    ]
    for html in made:
        assert "nan" not in words(parsed(html)).lower().split()
        assert '"nan' not in html
        assert "inf" not in html.replace("informal", "").replace("information", "").split('"')


def test_the_pathway_has_every_stage(comparison: Comparison) -> None:
    shown = parsed(charts.funnel_html(comparison, NAME))
    rows = [words(row) for row in shown.iter("tr")][1:]
    assert len(rows) == len(FUNNEL)
    for row, (stage, label) in zip(rows, FUNNEL.items(), strict=True):
        assert row.startswith(f"{label} ")
        assert number(comparison.effect(NAME, stage).base) in row


def test_the_pathway_shows_means_and_their_intervals_on_its_axis(comparison: Comparison) -> None:
    assert "none seen" in {comparison.effect(NAME, stage).verdict for stage in FUNNEL}
    shown = parsed(charts.funnel_html(comparison, NAME))
    assert not list(shown.iter("rect"))  # a length on a logarithmic axis means nothing
    (axis,) = (span for span in shown.iter("span") if span.get("class") == "axis")
    low, high = (
        math.log10(float(words(end).replace(",", ""))) for end in axis.iter("span") if end is not axis
    )
    rows = list(shown.iter("tr"))[1:]
    for row, stage in zip(rows, FUNNEL, strict=True):
        found = comparison.effect(NAME, stage)
        for mean, css, world in ((found.base, "hollow", 0), (found.value, "filled", 1)):
            drawn = [x for x in row.iter("circle") if x.get("class") == f"dot {css}"]
            arrows = [x for x in row.iter("path") if x.get("class") == f"dot {css}"]
            assert (len(drawn), len(arrows)) == ((1, 0) if mean > 0 else (0, 1))
            k = [o.name for o in OUTCOMES].index(stage)
            values = [float(r.outcomes[k, 0]) for r in comparison.results[world]]
            half = 4.3027 * stdev(values) / math.sqrt(len(values))  # Student's t for three replications
            spans = [x for x in row.iter("line") if x.get("class") == f"span {css}"]
            assert len(spans) == (half > 0)
            ends = [(mean, x.get("cx")) for x in drawn]
            ends += [(mean - half, x.get("x1")) for x in spans] + [(mean + half, x.get("x2")) for x in spans]
            for value, place in ends:
                share = (math.log10(value) - low) / (high - low) if value > 0 else 0.0
                assert float(str(place).rstrip("%")) == pytest.approx(100 * max(share, 0.0), abs=0.02)
        assert difference_words(found) in words(row)
        assert ("0 in these runs" in words(row)) == (found.verdict == "none seen")


def test_one_replication_has_a_point_without_an_interval() -> None:
    one = compare("base", [NAME], residents=1_500, days=30, replications=1, seed=1)
    shown = parsed(charts.funnel_html(one, NAME))
    assert list(shown.iter("circle"))
    assert not [x for x in shown.iter("line") if str(x.get("class")).startswith("span")]
    assert "nan" not in charts.funnel_html(one, NAME)


def test_without_a_lever_means_have_intervals(comparison: Comparison) -> None:
    shown = parsed(table_html(charts.base_table(comparison)))
    (row,) = (r for r in shown.iter("tr") if words(r).startswith("Stops"))
    assert re.fullmatch(r"[\d,]+ to [\d,]+", words(list(row)[2]))


def test_bands_of_shares_stay_between_nothing_and_all() -> None:
    days, values = np.array([30.0, 60.0]), np.array([[0.0, 1.0], [0.02, 0.9], [0.3, 1.0]])
    shown = parsed(charts._lines(charts._Course("x", days, values, values)))
    labels = [float(words(x)) for x in shown.iter("text") if x.get("class") == "left"]
    assert (min(labels), max(labels)) == (0.0, 1.0)
    zero, whole = (
        next(float(x.get("y", "")) - 4 for x in shown.iter("text") if words(x) == end) for end in ("0", "1")
    )
    for band in shown.iter("polygon"):
        heights = [float(point.split(",")[1]) for point in str(band.get("points")).split()]
        assert whole <= min(heights) + 0.11
        assert max(heights) <= zero + 0.11


def test_attitudes_over_time_are_the_means_of_the_surveys(comparison: Comparison) -> None:
    shown = parsed(charts.attitudes_html(comparison, NAME))
    rows = [[words(cell) for cell in row.iter("td")] for row in shown.iter("tr")][1:]
    assert [row[0] for row in rows] == ["29", "59", "89"]
    whole = comparison.effect(NAME, "trust").base
    mean = sum(float(row[1]) for row in rows) / 3
    assert mean == pytest.approx(whole, abs=0.011)  # surveys keep answers in fifty bins


def test_reports_over_time_are_shares_of_the_crimes_of_each_month(comparison: Comparison) -> None:
    shown = parsed(charts.reports_html(comparison, NAME))
    rows = [[words(cell) for cell in row.iter("td")] for row in shown.iter("tr")][1:]
    assert [row[0] for row in rows] == ["30", "60", "90"]
    found = [r.course for r in comparison.results[0] if r.course is not None]
    for k, row in enumerate(rows):
        shares = [course[k, REPORTS, 0] / course[k, CRIMES, 0] for course in found]
        assert float(row[1]) == pytest.approx(sum(shares) / 3, abs=5e-5)
    assert 0.05 < float(rows[0][1]) < 0.95


def test_reports_over_time_say_so_where_there_is_no_crime() -> None:
    none = ["community.victimization.rates={violent: 0, property: 0, domestic: 0}"]
    plan = Plan(residents=500, days=60, replications=2, seed=1)
    quiet = compare_traced("base", ["null"], set_values=none, plan=plan).comparison
    assert "Too few crimes" in charts.reports_html(quiet, "null")
    shown = parsed(charts.glance_html(quiet, "null"))
    (card,) = (x for x in shown.iter("li") if x.get("data-glance") == "reporting_rate")
    assert "– → –" in words(card)
    assert "nothing to count" in words(card)
    base = parsed(table_html(charts.base_table(quiet)))
    (row,) = (words(r) for r in base.iter("tr") if words(r).startswith("Crimes that victims report"))
    assert row.endswith("– –")


def test_a_run_that_is_too_short_for_a_survey_says_so() -> None:
    plan = Plan(residents=500, days=20, replications=2, seed=1)
    short = compare_traced("base", ["null"], plan=plan).comparison
    assert "first survey is on day 29" in charts.attitudes_html(short, "null")
    parsed(charts.glance_html(short, "null"))


def test_the_map_has_a_tile_for_each_neighbourhood_in_numbers_per_head(comparison: Comparison) -> None:
    shown = parsed(map_html(comparison, NAME, "stops_per_head", "base"))
    tiles = next(part for part in shown.iter("ol") if part.get("class") == "tiles")
    values = [words(tile) for tile in tiles.iter("li")]
    assert len(values) == 20
    for k, text in enumerate(values):
        found = comparison.effect(NAME, "stops_per_head", "neighbourhood", str(k))
        assert text == f"{k} {number(found.base * 100_000)}"


def test_letters_on_every_colour_of_the_map_can_be_read() -> None:
    for k in range(-100, 101):
        for diverging, value in ((True, k / 100), (False, abs(k) / 100)):
            fill = colour(value, (-1.0, 1.0) if diverging else (0.0, 1.0), diverging=diverging)
            assert contrast(ink_on(fill), fill) >= 4.5
    assert colour(math.nan, (0.0, 1.0), diverging=False) == (255, 255, 255)
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_every_colour_of_text_in_the_style_sheet_can_be_read_on_its_ground() -> None:
    sheet = Path(charts.__file__).with_name("page.css").read_text(encoding="utf-8")
    named = dict(
        part.split(":") for part in sheet.partition("{")[2].partition(";\n")[0].split("; ") if "--" in part
    )
    colours = {name.strip(): tuple(bytes.fromhex(code.strip().lstrip("#"))) for name, code in named.items()}
    white = (255, 255, 255)
    for name in ("--ink", "--soft", "--blue", "--red"):
        for ground in (white, colours["--pale"]):
            assert contrast(colours[name], ground) >= 4.5, name
    for name in ("--line", "--mark"):  # of marks, not of text
        assert contrast(colours[name], white) >= 3, name


def test_text_from_files_is_escaped(tmp_path: Path) -> None:
    nasty = "<script>alert('x')</script> & \"more\""
    file = tmp_path / "nasty.yaml"
    file.write_text(f"extends: base\nname: {nasty!r}\n".replace("\\'", "''"), encoding="utf-8")
    found = compare(file, ["null"], residents=500, days=5, replications=2, seed=1)
    assert found.worlds[0].settings.name == nasty
    for html in (charts.effects_html(found, "null"), table_html(charts.base_table(found))):
        assert "<script" not in html
        assert nasty in unescape(html)
    table = Table(nasty, (Column(nasty),), ((nasty,),), (nasty,))
    assert table_html(table).count("&lt;script&gt;") == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (effect(), "+2.00 (1.00 to 3.00)"),
        (effect(difference=-2.0, ci_low=-3.0, ci_high=-1.0), "−2.00 (−3.00 to −1.00)"),
        (effect(same_worlds=True), "exactly 0"),
        (effect(difference=math.nan), "–"),
        (effect(ci_low=math.nan, ci_high=math.nan), "+2.00"),
    ],
)
def test_a_difference_is_told_with_its_interval(given: Effect, said: str) -> None:
    assert difference_words(given) == said


def test_only_what_cannot_differ_is_told_as_exact() -> None:
    same = effect(difference=0.0, ci_low=0.0, ci_high=0.0, same_worlds=True)
    assert (difference_words(same), verdict_words(same)) == ("exactly 0", "no change")
    seen = effect(difference=0.0, ci_low=math.nan, ci_high=math.nan, mcse=0.0)
    assert (difference_words(seen), verdict_words(seen)) == ("0 in these runs", "no difference in these runs")


def test_a_lever_that_did_nothing_in_a_short_run_is_not_told_as_exact() -> None:
    short = compare_traced(
        "base", [NAME], plan=Plan(residents=200, days=1, replications=2, seed=1)
    ).comparison
    assert not short.is_same(NAME)
    made = [charts.glance_html, charts.effects_html, charts.funnel_html, charts.reporting_html]
    told = " ".join(words(parsed(make(short, NAME))) for make in made)
    told += words(parsed(map_html(short, NAME, "stops_per_head", "difference")))
    assert "no difference in these runs" in told
    assert "exactly 0" not in told
    assert "no change" not in told


def test_what_can_be_said_has_the_share_only_where_there_is_a_change() -> None:
    assert verdict_words(effect()) == "change, +20.0 %"
    assert verdict_words(effect(base=0.0)) == "change"
    assert verdict_words(effect(ci_low=-1.0)) == "below noise"


def test_the_axis_holds_the_intervals_up_to_the_whole_base() -> None:
    assert axis_limit([effect()]) == 0.5
    assert axis_limit([effect(difference=0.01, ci_low=0.005, ci_high=0.02)]) == 0.01
    assert axis_limit([effect(difference=500.0, ci_high=900.0)]) == 1.0
    assert axis_limit([effect(base=0.0)]) == 0.01


@pytest.mark.parametrize("difference", [500.0, -500.0])
def test_a_change_beyond_the_axis_is_an_arrow(difference: float) -> None:
    shown = parsed(effect_rows_html([("x", effect(difference=difference))], "caption"))
    assert [path.get("class") for path in shown.iter("path")] == ["point"]
    assert not list(shown.iter("circle"))


@pytest.mark.parametrize("span", [0.003, 0.09, 0.4, 1.0, 7.0, 0.0])
def test_an_axis_over_time_has_a_few_round_steps(span: float) -> None:
    step = charts.tick_step(span)
    assert step > 0
    assert span / step <= 5
    assert span == 0 or span / step > 1


def test_labels_have_units_where_they_are_no_rates() -> None:
    assert BY_NAME["transfers"].title == BY_NAME["transfers"].label
    assert BY_NAME["trust"].title == "Trust in police (0 to 1)"
