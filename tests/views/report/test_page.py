import base64
import dataclasses
import itertools
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.studies.findings import SensitivityTold, findings_of, read_findings
from sim.studies.plan import Plan
from sim.studies.sensitivity.design import METHODS
from sim.studies.sensitivity.indices import CHANCE
from sim.studies.sensitivity.study import INDEX_COLUMNS
from sim.studies.traces import Traced, compare_traced
from sim.views.report.page import report_html, table_html, write_report
from sim.views.tables import Column, Table

NASTY = "<script>alert(1)</script> & \"quotes\" 'too' {{ 7 * 7 }}"
LEVERS = ("null", "cite_and_release=0.9", "prints_kept_local")
SMALL = ("--residents", "2000", "--days", "40", "--replications", "2")
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page: its tags with attributes, its text, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes what was not open"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nasty") / "own.yaml"
    quoted = "'" + NASTY.replace("'", "''") + "'"
    path.write_text(f"extends: base\nname: {quoted}\ndescription: {quoted}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def traced(nasty: Path) -> Traced:
    plan = Plan(residents=6_000, days=120, replications=3)
    return compare_traced(str(nasty), LEVERS, combined=True, plan=plan)


@pytest.fixture(scope="module")
def html(traced: Traced) -> str:
    return report_html(findings_of(traced, ["sim", "compare", "a b"]))


def test_the_page_is_whole_and_stands_alone(html: str) -> None:
    page = read(html)
    assert html.startswith("<!DOCTYPE html>")
    tags = [tag for tag, _ in page.tags]
    assert "script" not in tags
    assert "link" not in tags
    assert "iframe" not in tags
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name == "src":
                assert value is not None
                assert value.startswith("data:image/svg+xml;base64,")
            if name == "href":
                assert value is not None
                assert tag == "a"
                assert value.startswith(("#", "http"))
    assert "@import" not in html
    assert not re.search(r"url\((?!data:)", html)


def test_what_a_scenario_file_says_is_shown_and_never_obeyed(html: str) -> None:
    page = read(html)
    assert "<script>alert(1)" not in html
    assert "alert(1)" in "".join(page.text)
    assert "{{ 7 * 7 }}" in "".join(page.text)
    for tag, attributes in page.tags:
        if tag == "img":
            assert attributes["alt"]


def test_every_figure_and_chapter_is_there(html: str, traced: Traced) -> None:
    page = read(html)
    pictures = [a["src"] for tag, a in page.tags if tag == "img"]
    levers = len(traced.comparison.names) - 1
    assert len(pictures) == 2 + 3 * levers
    for source in pictures:
        assert source is not None
        drawn = base64.b64decode(source.partition(",")[2])
        assert drawn.lstrip().startswith(b"<?xml")
        assert b"<svg" in drawn
    anchors = {a["id"] for _, a in page.tags if "id" in a}
    for tag, attributes in page.tags:
        if tag == "a" and (attributes["href"] or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in anchors
    text = " ".join("".join(page.text).split())
    for words in ("below noise", "How to run it again", "sim compare 'a b'", "Limits", "Who bears it"):
        assert words in text
    assert "this lever can change nothing here" in text


def test_the_table_holds_the_numbers_of_the_comparison(html: str, traced: Traced) -> None:
    effect = traced.comparison.effect("cite_and_release=0.9", "bookings")
    assert effect.verdict == "change"
    text = " ".join("".join(read(html).text).split())
    assert (
        f"−{abs(effect.difference):,.0f} (−{abs(effect.ci_low):,.0f} to −{abs(effect.ci_high):,.0f})" in text
    )


def test_headings_go_down_one_step_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in read(html).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_every_wide_thing_can_be_reached_and_scrolled_by_keyboard(html: str) -> None:
    for tag, attributes in read(html).tags:
        if attributes.get("class") == "scroll":
            assert tag == "div"
            assert attributes["tabindex"] == "0"
            assert attributes["role"] == "region"
            assert attributes["aria-label"]


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_from_its_ground(html: str) -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", html))
    for ground in (colours["paper"], colours["tint"]):
        for ink in (colours["ink"], colours["soft"], colours["blue"]):
            light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("method", METHODS)
def test_a_report_without_traces_or_with_a_sensitivity_study_is_whole(traced: Traced, method: str) -> None:
    bare = findings_of(Traced(traced.comparison, None))
    what = (method, "", "effect", "data_firewall", "transfers")
    row = (*what, "sharing.compliance", METHODS[method].main, 0.61, 0.5, 0.7, 64, 2)
    indices = pd.DataFrame([row], columns=list(INDEX_COLUMNS))
    told = dataclasses.replace(bare, sensitivity=SensitivityTold(indices))
    text = " ".join("".join(read(report_html(told)).text).split())
    assert "sharing.compliance 0.61 (0.5 to 0.7)" in text
    assert "The flow of people" not in text


def test_a_study_of_another_world_or_without_influence_is_said_to_be_one(traced: Traced) -> None:
    bare = findings_of(Traced(traced.comparison, None))
    what = ("morris", "", "effect", "notification_only", "transfers")
    still = [(*what, f"ice.pickup.{k}", "mu_star", 0.0, 0.0, 0.0, 8, 2) for k in range(2)]
    about = {"scenario": "places/mine.yaml", "arms": ["base", "notification_only"], "residents": 400}
    study = SensitivityTold(
        pd.DataFrame(still, columns=list(INDEX_COLUMNS)), about | {"days": 30.0, "warm_up": 0.0}
    )
    text = " ".join("".join(read(report_html(dataclasses.replace(bare, sensitivity=study))).text).split())
    assert "No parameter that was varied moved any of these outcomes." in text
    assert (
        "another world than this page: scenario places/mine.yaml; levers notification_only; 400 residents"
        in text
    )
    assert "No sensitivity study was at hand" not in text
    moved = pd.DataFrame([(*still[0][:7], 2.0, -1.0, 5.0, 8, 2), still[1]], columns=list(INDEX_COLUMNS))
    text = "".join(read(report_html(dataclasses.replace(bare, sensitivity=SensitivityTold(moved)))).text)
    assert "ice.pickup.0 2 (-1 to 5)".replace("-", "−") in text
    assert "ice.pickup.1" not in text


def test_what_pawn_gives_to_a_parameter_by_luck_is_not_told_as_influence(traced: Traced) -> None:
    what = ("pawn", "", "outcome", "", "transfers")
    rows = [(*what, "ice.pickup.most", "median_KS", 0.4, 0.3, 0.5, 64, 2)]
    rows += [(*what, "ice.pickup.least", "median_KS", 0.15, 0.1, 0.2, 64, 2)]
    rows += [(*what, "", CHANCE, 0.2, math.nan, math.nan, 64, 2)]
    study = SensitivityTold(pd.DataFrame(rows, columns=list(INDEX_COLUMNS)))
    bare = findings_of(Traced(traced.comparison, None))
    text = "".join(read(report_html(dataclasses.replace(bare, sensitivity=study))).text)
    assert "ice.pickup.most 0.4 (0.3 to 0.5)" in text
    assert "ice.pickup.least" not in text


def test_a_run_that_is_over_before_anybody_is_asked_has_a_report() -> None:
    plan = Plan(residents=2_000, days=20, replications=2)
    found = findings_of(compare_traced("base", ["cite_and_release=0.9"], plan=plan))
    assert len(found.attitudes) == 0
    read(report_html(found))


def test_cells_are_escaped_and_minus_signs_set() -> None:
    table = Table(
        "A <b>", (Column("x", left=True), Column("y")), (("<i>", "-3.5 (-4.0 to -3.0)"),), ("a & b",)
    )
    found = table_html(table)
    assert "&lt;i&gt;" in found
    assert "−3.5 (−4.0 to −3.0)" in found
    assert "a &amp; b" in found
    read(found)


def test_the_verb_writes_what_the_folder_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--lever", "cite_and_release=0.9", *SMALL, "--out", str(tmp_path / "it")]
    assert main(["compare", "base", *asked]) == 0
    before = sorted(p.name for p in (tmp_path / "it").iterdir())
    capsys.readouterr()
    assert main(["report", str(tmp_path / "it")]) == 0
    path = tmp_path / "it" / "report.html"
    assert capsys.readouterr().out.strip() == str(path)
    read(path.read_text(encoding="utf-8"))
    assert sorted(p.name for p in (tmp_path / "it").iterdir()) == sorted([*before, "report.html"])
    other = tmp_path / "new" / "page.html"
    assert main(["report", str(tmp_path / "it"), "--out", str(other)]) == 0
    assert other.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert write_report(tmp_path / "third.html", read_findings(tmp_path / "it")).is_file()


def test_wrong_folders_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--sensitivity", str(tmp_path / "none"), "--out", str(tmp_path)]
    assert main(["report", str(tmp_path), *wrong]) == 2
    told = capsys.readouterr().err
    assert "no manifest.json" in told
    assert "indices.csv" in told
    assert "is a folder" in told
    assert "Traceback" not in told


def test_the_python_face_writes_the_same_report(tmp_path: Path) -> None:
    comparison = sim.compare(
        "base", ["cite_and_release=0.9"], residents=8_000, days=90, replications=2, trace=True
    )
    path = comparison.report(tmp_path / "page.html")
    assert "The flow of people" in path.read_text(encoding="utf-8")
