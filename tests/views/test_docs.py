"""Generated parts of pages, the result of a validation as a file, and the verb that writes both."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.errors import InputError
from sim.studies.targets import load_patterns
from sim.studies.validate import ValidationRow
from sim.studies.validation_file import read_validation, result_of, write_validation
from sim.views import docs, docs_library, docs_parameters, docs_validation


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.md"


def rows() -> list[ValidationRow]:
    """Return a row for each shipped pattern, the first without an error."""
    file = load_patterns()
    return [
        ValidationRow(
            p.id,
            p.what,
            file.regimes[p.regime].title,
            p.target,
            *p.range,
            value=p.target,
            mcse=math.nan if k == 0 else 0.01,
            unit=p.unit,
            verdict="within",
            source=p.source,
            fitted=p.fitted,
        )
        for k, p in enumerate(file.patterns)
    ]


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_number_in_a_sentence_is_filled_in_and_the_rest_is_left(page: Path) -> None:
    page.write_text("It is <!-- generated: value run.days -->?<!-- end --> days,  as\tit stands.\n")
    assert [str(part) for part in docs.check_pages(page.parent)] == [f"{page}:1: out of date: value run.days"]
    assert docs.write_pages(page.parent) == [page]
    assert page.read_text() == (
        "It is <!-- generated: value run.days -->365<!-- end --> days,  as\tit stands.\n"
    )
    assert docs.write_pages(page.parent) == docs.check_pages(page.parent) == []


def test_a_table_stands_on_lines_of_its_own(page: Path) -> None:
    page.write_text("<!-- generated: effects -->\n<!-- end -->\n")
    docs.write_pages(page.parent)
    lines = page.read_text().splitlines()
    assert lines[:3] == ["<!-- generated: effects -->", "", "| Effect | What it is |"]
    assert lines[-2:] == ["", "<!-- end -->"]


def test_everything_wrong_with_all_pages_is_told_together(page: Path) -> None:
    page.write_text(
        "\nx <!-- generated: chanels --><!-- end -->\n x <!-- generated: value run.day --><!-- end -->"
    )
    other = page.with_name("other.md")
    other.write_text("<!-- generated: count levers -->\n<!-- generated: Nothing Here! --> <!-- end -->")
    with pytest.raises(InputError) as caught:
        docs.check_pages(page.parent)
    told = [(p.where.file, p.where.line, p.where.column) for p in caught.value.problems]
    assert told == [(other, 1, 1), (other, 2, 1), (page, 2, 3), (page, 3, 4)]
    assert caught.value.problems[2].nearest == "channels"
    assert caught.value.problems[3].nearest == "run.days"


def test_a_part_that_would_tear_its_sentence_is_refused(page: Path) -> None:
    page.write_text("It lasts\n  <!-- generated: value run.days -->?<!-- end --> days.\n")
    with pytest.raises(InputError, match="begins its line"):
        docs.check_pages(page.parent)


def test_pages_that_cannot_be_read_are_told(page: Path) -> None:
    page.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        docs.check_pages(page.parent)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────
def test_every_number_of_a_scenario_is_in_the_tables() -> None:
    text = docs_parameters.parameter_tables(docs_library.base())
    section, above, found = "", "", {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        name = cells[0].strip("*`")
        if line.startswith("### "):
            section = line[5:-1]
        elif line.startswith("| **"):
            above = f"{section}.{name}"
        elif line.startswith("| `"):
            found[f"{above}{name}" if name.startswith(".") else f"{section}.{name}"] = cells
    passports = docs_library.base().passports
    assert list(found) == list(passports)
    for path, cells in found.items():
        assert float(cells[1]) == pytest.approx(passports[path].value)
        assert cells[3] == passports[path].source


def test_a_number_that_stands_alone_has_unit_bounds_and_meaning_on_its_line() -> None:
    text = docs_parameters.parameter_tables(docs_library.base())
    line = next(line for line in text.splitlines() if line.startswith("| `displacement`"))
    assert "| 0.5 | 0 to 1 | assumed | probability: 0 to 1 | uncertainty | share of each transfer" in line
    assert "0.00003 |" not in text, "small numbers read as 3e-05, as files give them"
    assert "(log-uniform)" in text


def test_every_row_of_every_table_of_rules_is_shown() -> None:
    from sim.scenario import vocabulary as v
    from sim.views.docs_words import decision_tables
    from sim.views.scenarios import rule_rows

    text = decision_tables(docs_library.base())
    for name in v.TABLES:
        for row in rule_rows(docs_library.base(), name):
            assert row.text in text


def test_a_work_says_what_cites_it() -> None:
    cited = docs_library.citations()
    assert cited["peyton_2019_pnas"].startswith("3 parameters")
    assert "assumed" not in cited
    assert set(cited) <= set(docs_library.bibliography())


# ── validation ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_validation_is_read_as_it_was_written(tmp_path: Path) -> None:
    result = result_of(rows(), short=True, seconds=90.04)
    path = write_validation(tmp_path, result)
    again = read_validation(path)
    assert replace(again, rows=()) == replace(result, rows=())
    assert math.isnan(again.rows[0].mcse)
    assert again.rows[1:] == result.rows[1:]
    assert (again.residents, again.replications, again.seconds) == (60_000, 4, 90.0)


def test_a_validation_of_other_patterns_is_out_of_date(page: Path) -> None:
    page.write_text("<!-- generated: validation -->\n<!-- end -->")
    result = result_of(rows(), short=False, seconds=1.0)
    write_validation(page.parent, result)
    docs.write_pages(page.parent)
    assert docs.check_pages(page.parent) == []
    moved = replace(result.rows[5], target=result.rows[5].target + 1)
    write_validation(page.parent, replace(result, rows=(*result.rows[:5], moved, *result.rows[6:])))
    docs.write_pages(page.parent)
    (stale,) = docs.check_pages(page.parent)
    assert "other patterns" in stale.what


def test_a_validation_of_another_base_is_told(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page.write_text("No part is generated here.\n")
    result = result_of(rows(), short=False, seconds=1.0)
    path = write_validation(page.parent, result)
    assert main(["docs", str(page.parent)]) == 0
    assert "Note" not in capsys.readouterr().err
    write_validation(page.parent, replace(result, base="0" * 64))
    assert main(["docs", str(page.parent)]) == 0
    assert f"Note: {path} was measured on {result.date} with another base" in capsys.readouterr().err


def test_the_page_counts_verdicts_and_separates_what_was_fitted(tmp_path: Path) -> None:
    made = rows()
    made[0] = replace(made[0], verdict="outside")
    text = docs_validation.validation_tables(result_of(made, short=True, seconds=1.0))
    tests = sum(not p.fitted for p in load_patterns().patterns)
    assert f"{len(made) - tests} patterns: {len(made) - tests - 1} within, 1 outside, 0 undecided." in text
    assert f"{tests} patterns: {tests} within" in text
    assert "quick look" in text
    assert "**outside**" in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": 1}', '{"rows": [{"id": 1}]}', "\udcff"])
def test_a_file_that_is_no_validation_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "validation.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(InputError, match="cannot be read"):
        read_validation(path)


def test_validate_writes_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.validate.validate", lambda *_args, **_options: rows())
    monkeypatch.setattr("sim.views.console.compile_first", lambda: None)
    assert main(["validate", "--short", "--out", str(tmp_path / "new")]) == 0
    assert read_validation(tmp_path / "new/validation.json").short is True


def test_validate_tells_everything_that_is_wrong_before_it_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    words = ["validate", str(tmp_path / "none.yaml"), "--workers", "0", "--out", str(tmp_path / "file" / "x")]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in ("none.yaml", "--workers", "--out"))


# ── the verb ─────────────────────────────────────────────────────────────────────────────────────────────
def test_check_fails_until_write_has_been_asked(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page.write_text("The <!-- generated: count tables --><!-- end --> tables\n")
    assert main(["docs", "--check", str(page.parent)]) == 1
    assert f"{page}:1: out of date: count tables" in capsys.readouterr().err
    assert main(["docs", str(page.parent)]) == 1
    assert main(["docs", "--write", str(page.parent)]) == 0
    assert capsys.readouterr().err.splitlines()[-2:] == [f"Wrote {page}", "1 page agrees with the code."]
    assert main(["docs", "--check", str(page.parent)]) == 0
    assert page.read_text() == "The <!-- generated: count tables -->11<!-- end --> tables\n"


WRONG: list[tuple[list[Any], list[str]]] = [
    (["docs", "none"], ["there is no such folder"]),
    (["docs", "."], ["holds no page"]),
    (["docs", ""], ["the name is empty"]),
    (["docs", "--check", "--write"], ["one thing at a time"]),
    (["docs", "--lever", "null", "--out", "x"], ["--lever belongs to --delta", "--out belongs to --delta"]),
    (["docs", "here", "--write", "--delta", "base"], ["--write is for the pages", "DIR is for the pages"]),
    (
        ["docs", "--delta", "bas", "--lever", "nul", "--set", "x", "--out", ""],
        ["no such scenario", "unknown lever 'nul'", "not a setting", "the name is empty"],
    ),
    (["docs", "--delta", "base", "--out", "."], ["it is a folder"]),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_wrong_words_are_told_together(
    words: list[str],
    told: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert all(text in shown.err for text in told)
    assert list(tmp_path.iterdir()) == []
