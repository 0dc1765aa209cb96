"""Scenarios as people read them: resolved YAML, differences, levers, parameters, rules."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.layers import RULE_SECTIONS
from sim.scenario.levers import STAGES, LeverFile, find_lever, lever_names, read_lever
from sim.scenario.living import standalone
from sim.scenario.loader import LoadedScenario
from sim.scenario.phases import Phase
from sim.scenario.quantities import Passport, is_passport
from sim.scenario.tree import Tree
from sim.views.tables import WHOLE, Column, Table

ORIGINS = {"state_rules": "state law", "rules": "rules", "unrestricted": "unrestricted practice"}


def yaml_text(scenario: LoadedScenario) -> str:
    """Return the resolved scenario as a scenario file: it gives the same first phase when it is loaded."""
    stream = io.StringIO()
    yaml_of(standalone(scenario), stream)
    return stream.getvalue() + "".join(f"# {line}\n" for line in later_phases(scenario))


def yaml_of(data: Mapping[str, Any], stream: IO[str]) -> None:
    """Write a resolved scenario as a scenario file, its rules last."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None  # innermost mappings, such as passports, on one line
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = 110
    rules = [section for section in RULE_SECTIONS if data.get(section)]
    yaml.dump({key: data[key] for key in [*(k for k in data if k not in RULE_SECTIONS), *rules]}, stream)


def later_phases(scenario: LoadedScenario) -> list[str]:
    """Return a line for each switch of the timeline, which the first phase does not show."""
    return [_switch(phase) for phase in scenario.phases[1:]]


def _switch(phase: Phase) -> str:
    levers = f"from day {phase.day:g}: levers {', '.join(phase.levers) or 'none'}"
    return levers + (f"; state law begins ({'; '.join(phase.laws)})" if phase.laws else "")


def parameter_rows(scenario: LoadedScenario) -> list[dict[str, Any]]:
    """Return every number of a scenario with its passport, as plain data."""
    return [_passport(passport) for passport in scenario.passports.values()]


def _passport(p: Passport) -> dict[str, Any]:
    return {
        "path": p.path,
        "value": p.value,
        "unit": p.unit,
        "bounds": None if p.bounds is None else list(p.bounds),
        "range": None if p.range is None else list(p.range),
        "distribution": p.distribution if p.range is not None else None,
        "role": p.role,
        "source": p.source,
        "doc": p.doc,
    }


def parameter_table(scenario: LoadedScenario) -> Table:
    """Return the table of `sim show --parameters`: one line a number."""
    spare = {"bounds": 3, "range": 1, "role": 4, "source": 2}
    titles = ("value", "unit", "bounds", "range", "role", "source")
    columns = (
        Column("path", left=True),
        *(Column(t, left=t != "value", wraps=t == "unit", spare=spare.get(t, 0)) for t in titles),
    )
    rows = tuple(
        (
            p.path,
            f"{p.value:.10g}",
            p.unit,
            _ends(p.bounds),
            _ends(p.range),
            p.role,
            p.source,
        )
        for p in scenario.passports.values()
    )
    return Table("", columns, rows, pipe=WHOLE)


def _ends(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"{ends[0]:.10g} to {ends[1]:.10g}"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row of a table as it takes effect."""

    origin: str
    text: str
    where: Mark

    def data(self) -> dict[str, Any]:
        """Return the row as plain data."""
        file = None if self.where.file is None else str(self.where.file)
        return {"origin": self.origin, "row": self.text, "file": file, "line": self.where.line}


def rule_rows(scenario: LoadedScenario, table: str) -> list[RuleRow]:
    """Return the rows of a table in the order in which they are tried: state law first, then the rules.

    Raises
    ------
    InputError
        If there is no such table, with the nearest name.
    """
    problems = Problems()
    if table not in v.TABLES:
        problems.add(Mark(), f"unknown table {table!r}", table, known=v.TABLE_NAMES)
    problems.raise_if_any()
    rows = []
    for section in ORIGINS:
        for k, row in enumerate(scenario.resolved.get(section, {}).get(table) or []):
            mark = scenario.marks.get(f"{section}.{table}.{k}", Mark())
            rows.append(RuleRow(section, row_text(row), mark))
    return rows


def rule_table(scenario: LoadedScenario, table: str) -> Table:
    """Return the table of `sim show --rules TABLE`."""
    columns = (Column("", left=True), Column("row", left=True, wraps=True), Column("where", left=True))
    rows = tuple(
        (f"{k + 1}", ("" if r.origin == "rules" else f"[{ORIGINS[r.origin]}] ") + r.text, near(r.where))
        for k, r in enumerate(rule_rows(scenario, table))
    )
    spec = v.TABLES[table]
    notes = (
        f"Sees {', '.join(spec.sees)}.",
        f"Answers {', '.join(spec.parts or spec.answers)}.",
        "The first row whose conditions all hold gives the answer; state law comes before local rules.",
    )
    return Table(f"{table}: {spec.doc}", columns, rows, notes)


def near(where: Mark) -> str:
    """Return `file:line` as it is shortest from here; what stands in no file comes with a place."""
    if where.file is None:
        return "facts of the place"
    return f"{short_path(where.file)}:{where.line}"


def short_path(path: Path) -> str:
    """Return a path from the present folder on, where it lies there."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def row_text(row: dict[str, Any]) -> str:
    """Return a row in one line: `offence no_licence, record none → hold 0.9, decline 0.1`."""
    if "otherwise" in row:
        return f"otherwise → {_answer(row['otherwise'])}"
    conditions = ", ".join(f"{name} {_condition(value)}" for name, value in row["when"].items())
    return f"{conditions or 'always'} → {_answer(row['then'])}"


def _condition(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " or ".join(_condition(item) for item in value)
    if isinstance(value, dict):
        return " ".join(f"{key} {_condition(inner)}" for key, inner in value.items())
    return str(value)


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return " + ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        chances = {key: given["value"] if is_passport(given) else given for key, given in value.items()}
        return ", ".join(f"{key} {chance}" for key, chance in chances.items())
    return str(value)


def difference(scenario: LoadedScenario, other: LoadedScenario) -> dict[str, Any]:
    """Return what differs in `scenario` from `other`: settings by path, rows by table, and the timeline."""
    before, after = dict(_settings(other.resolved, "")), dict(_settings(scenario.resolved, ""))
    settings = [
        {"path": path, "from": before.get(path), "to": after.get(path)}
        for path in dict.fromkeys([*before, *after])
        if before.get(path) != after.get(path)
    ]
    rules = [
        {"section": section, "table": table, "change": line[0], "row": line[2:]}
        for section in ORIGINS
        for table in v.TABLES
        for line in difflib.ndiff(_texts(other, section, table), _texts(scenario, section, table))
        if line[0] in "+-"
    ]
    timeline = [f"- {x}" for x in later_phases(other)] + [f"+ {x}" for x in later_phases(scenario)]
    same = later_phases(other) == later_phases(scenario)
    return {"settings": settings, "rules": rules, "timeline": [] if same else timeline}


def _texts(scenario: LoadedScenario, section: str, table: str) -> list[str]:
    return [row_text(row) for row in scenario.resolved.get(section, {}).get(table) or []]


def _settings(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the plain values of a resolved scenario by dotted path (rules left out)."""
    if is_passport(data):
        yield path, data["value"]
    elif isinstance(data, dict):
        for key, value in data.items():
            if path or key not in RULE_SECTIONS:
                yield from _settings(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, data


def difference_text(found: dict[str, Any]) -> str:
    """Return a difference as lines of text."""
    lines = [f"{s['path']}: {_shown(s['from'])} → {_shown(s['to'])}" for s in found["settings"]]
    heading = None
    for row in found["rules"]:
        if heading != (heading := (row["section"], row["table"])):
            lines += ["", f"{row['table']} ({ORIGINS[row['section']]})"]
        lines.append(f"  {row['change']} {row['row']}")
    if found["timeline"]:
        lines += ["", "timeline", *(f"  {line}" for line in found["timeline"])]
    return "\n".join(lines).strip("\n") or "no difference"


def _shown(value: Any) -> str:
    if value is None:
        return "(nothing)"
    return (
        str(value).strip()
        if isinstance(value, str)
        else f"{value:.10g}"
        if isinstance(value, float)
        else str(value)
    )


def levers_of(scenario: LoadedScenario, asked: str | Path | None = None) -> dict[str, LeverFile]:
    """Return every lever that this scenario can be given, by name.

    Parameters
    ----------
    scenario
        The scenario.
    asked
        Path or name by which it was asked for, where levers are looked up from there: a shipped scenario that
        is asked for by its name is given the levers of the present folder too.

    Raises
    ------
    InputError
        If a lever file is wrong.
    """
    tree, problems = Tree.around(scenario.path if asked is None else Path(asked)), Problems()
    folders = tree.lever_folders()
    found = {}
    for name in lever_names(folders):
        path = find_lever(name, folders)
        read = None if path is None else read_lever(path, tree, problems)
        if read is not None and read[1] is not None:
            found[name] = read[1]
    problems.raise_if_any()
    return found


def lever_data(levers: dict[str, LeverFile]) -> list[dict[str, Any]]:
    """Return levers as plain data, without their patches."""
    return [{"name": n, **file.model_dump(mode="json", exclude={"patch"})} for n, file in levers.items()]


def lever_text(levers: dict[str, LeverFile]) -> str:
    """Return the catalogue of levers for reading, stage by stage along the pathway."""
    lines: list[str] = []
    for stage in STAGES:
        here = {name: file for name, file in levers.items() if file.stage == stage}
        if here:
            lines += [f"── {stage} ({len(here)}) ".ljust(100, "─"), ""]
        for name, file in here.items():
            lines += [*_lever_lines(name, file), ""]
    return "\n".join(lines).rstrip("\n")


def _lever_lines(name: str, file: LeverFile) -> list[str]:
    """Return one lever: title, claim, direction, systems, sources, needs, parameters, contradictions."""
    lines = [f"{name}: {file.title}", *_wrapped(" ".join(file.claim.split()))]
    facts = [] if file.cooperation == "neutral" else [f"{file.cooperation} cooperation"]
    if file.systems:
        facts.append("systems " + ", ".join(str(k) for k in file.systems))
    if file.sources:
        facts.append("sources " + ", ".join(file.sources))
    if facts:
        lines += _wrapped("; ".join(facts))
    if file.needs:
        lines += _wrapped(f"needs {file.needs}")
    for key, p in file.parameters.items():
        numbers = f"{p.default:g} {p.unit}".rstrip() + f" ({p.bounds[0]:g} to {p.bounds[1]:g}, {p.source})"
        lines += _wrapped(f"{key} = {numbers}" + (f": {p.doc}" if p.doc else ""))
    lines += [
        line for other, why in file.contradicts.items() for line in _wrapped(f"not with {other}: {why}")
    ]
    return lines


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 96, initial_indent="    ", subsequent_indent="        ")
