# ruff: noqa: E501 - lines of a file as a user writes it
"""Files of patterns as `sim check` reads them: form, names, rows of the tally, and worlds, all at once."""

from pathlib import Path

from sim.scenario.tree import shipped
from sim.views.checks import check_all

WRONG = """\
regimes:
  a: {title: "", scenario: base}
  c: {title: x, scenario: base, levers: [nowhere], set: [no.path=3]}
patterns:
  - {id: P1, what: x, regime: b, count: bokings, target: 3, range: [1], unit: x, source: nobody}
  - {id: P2, what: x, regime: a, count: booking, outcome: stps, target: 3, range: [5, 1], unit: x, source: assumed}
  - {id: P3, what: x, regime: a, outcom: stops, target: x, range: [5, 7], unit: x, source: own_estimate}
"""


def test_a_file_of_patterns_is_told_all_its_errors_at_once(tmp_path: Path) -> None:
    path = tmp_path / "patterns.yaml"
    path.write_text(WRONG, encoding="utf-8")
    (checked,) = check_all([str(path)])
    assert {(p.what, p.where.line) for p in checked.problems} == {
        ("regimes.a.title is empty", 2),
        ("regime c: unknown lever 'nowhere'", 3),
        ("regime c: unknown setting 'no.path'", 3),
        ("patterns.0.regime: no regime is named 'b'", 5),
        ("the tally has no row 'bokings'", 5),
        ("patterns.0.range has too few entries", 5),
        ("unknown source 'nobody'", 5),
        ("patterns.1: a pattern has one of `count`, `outcome` and `state`", 6),
        ("unknown outcome 'stps'", 6),
        ("patterns.1.range: the lower end comes first", 6),
        ("patterns.2: a pattern has one of `count`, `outcome` and `state`", 7),
        ("unknown key patterns.2.outcom", 7),
        ("patterns.2.target must be a number", 7),
    }
    short = next(p for p in checked.problems if "too few entries" in p.what)
    assert short.allowed == "two of them, such as [low, high]"


def test_the_shipped_patterns_are_sound() -> None:
    (checked,) = check_all([str(shipped() / "patterns.yaml")])
    assert (checked.kind, checked.problems) == ("patterns", ())
