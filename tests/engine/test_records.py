"""Records and rows: names that say what they are, numbers that belong to their names."""

import ast
import importlib
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from sim.agents import ice, jail, officer, resident
from sim.engine import budget, calendar, candidates, ledger, rulebook
from sim.pathway import world
from sim.scenario import vocabulary as v

RECORDS = {
    "resident": resident.RESIDENT,
    "officer": officer.OFFICER,
    "jail": jail.JAIL,
    "field office": ice.OFFICE,
    "budget": budget.BUDGET,
    "event": calendar.EVENT,
    "stream": candidates.STREAM,
    "line of the log": ledger.LOG,
    "table": rulebook.TABLE,
    "case": world.CASE,
    "agency": world.AGENCY,
    "operation": world.OPERATION,
    "settings": world.SETTINGS,
    "clock": world.CLOCK,
}


@pytest.mark.parametrize("what", RECORDS)
def test_no_field_has_the_name_of_something_that_every_record_or_array_has(what: str) -> None:
    # `record.sort = 1` sets a field when compiled and hides a method when not.
    taken = set(dir(np.record)) | set(dir(np.recarray))
    assert taken.isdisjoint(RECORDS[what].names or ())


@pytest.mark.parametrize("what", RECORDS)
def test_no_field_is_of_single_precision(what: str) -> None:
    # A float32 times a literal is float32 in NumPy and float64 compiled.
    kinds = {name: RECORDS[what].fields[name][0].base for name in RECORDS[what].names}  # type: ignore[index,union-attr]
    assert [name for name, kind in kinds.items() if kind.kind == "f" and kind.itemsize < 8] == []


@pytest.mark.parametrize("what", RECORDS)
def test_every_field_can_be_set_alike_as_an_attribute_and_by_name(what: str) -> None:
    one = np.zeros(1, dtype=RECORDS[what]).view(np.recarray)[0]
    for name in RECORDS[what].names or ():
        setattr(one, name, 1)
        assert np.all(one[name] == 1), name


def test_every_record_kind_is_tested_here() -> None:
    package = Path(ledger.__file__).parents[1]
    found = []
    for folder in ("agents", "engine", "pathway"):
        for file in (package / folder).glob("*.py"):
            module = importlib.import_module(f"sim.{folder}.{file.stem}")
            names = re.findall(r"^([A-Z_]+) = np\.dtype\($", file.read_text(encoding="utf-8"), re.MULTILINE)
            found += [getattr(module, name) for name in names]
    assert len(found) == len(RECORDS)
    assert all(any(kind is known for known in RECORDS.values()) for kind in found)


def constants(module: object, prefix: str) -> dict[str, int]:
    return {
        name: getattr(module, name) for name in vars(module) if re.fullmatch(rf"{prefix}_[A-Z_0-9]+", name)
    }


def words(name: str) -> set[str]:
    return set(re.split(r"[._]", name.lower()))


# Constants whose name is shorter than that of their row.
SHORT = {
    "E_CUSTODIAL": "ice_arrest_custodial",
    "E_STREET": "ice_arrest_street",
    "E_AT_LARGE": "ice_arrest_at_large",
    "E_ATTEMPT": "at_large_attempt",
    "E_COLLATERAL": "collateral_arrest",
    "E_BOND": "release_bond",
    "E_RECOGNIZANCE": "release_recognizance",
    "E_RELIEF": "release_relief",
    "E_TERMINATED": "release_terminated",
    "Q_WRONGFUL_ARRESTS": "wrongful_ice_arrests",
    "Q_WRONGFUL_DAYS": "wrongful_detained_days",
    "Q_REVIEW_WAIT": "review_wait_hours",
    "Q_TRANSFER_WAIT": "transfer_wait_days",
    "Q_DEPUTIZED_ARRESTS": "deputized_ice_arrests",
    "Q_CHILDREN": "children_affected",
    "Q_CITIZEN_CHILDREN": "citizen_children_affected",
}


def test_every_row_of_the_tally_has_the_constant_of_its_name() -> None:
    rows = constants(ledger, "E") | constants(ledger, "Q")
    assert {ledger.ROWS[row]: SHORT.get(name, name[2:].lower()) for name, row in rows.items()} == {
        row: row for row in ledger.ROWS
    }
    assert len(rows) == len(set(ledger.ROWS)) == len(ledger.ROWS)
    assert ledger.ROWS == ledger.EVENTS + ledger.QUANTITIES
    assert sorted(constants(ledger, "E").values()) == list(range(len(ledger.EVENTS)))


def test_the_ends_of_detention_are_counted_in_the_order_of_the_courts_answers() -> None:
    ends = ledger.EVENTS[ledger.E_BOND : ledger.E_BOND + len(v.COURT_OUTCOMES)]
    assert [name.removeprefix("release_") for name in ends] == list(v.COURT_OUTCOMES)


def test_every_code_of_the_vocabulary_is_the_place_of_its_word() -> None:
    body = ast.parse(Path(v.__file__).read_text(encoding="utf-8")).body
    coded = []
    for above, line in itertools.pairwise(body):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple):
            codes = [x.id for x in line.targets[0].elts if isinstance(x, ast.Name)]
            if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name):
                coded.append((getattr(v, above.target.id), codes, isinstance(line.value, ast.Call)))
    assert len(coded) > 15
    for values, codes, counted in coded:
        places = range(len(values)) if counted else [1 << k for k in range(len(values))]  # or parts of a mask
        assert [getattr(v, code) for code in codes] == list(places)
        # A constant says its word, with what it is about where the word alone says too little.
        for code, value in zip(codes, values, strict=True):
            assert words(value) & words(code) or code in {"NO_RECORD", "NO_287G", "NO_JAIL_MODEL"}, (
                code,
                value,
            )


def test_every_breakdown_has_the_number_of_its_place() -> None:
    for name, number in constants(ledger, "B").items():
        assert ledger.BREAKDOWNS[number] == name[2:].lower()
    assert tuple(ledger.breakdown_levels(("a",), 1)) == ledger.BREAKDOWNS
