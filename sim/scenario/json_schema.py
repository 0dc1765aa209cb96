"""JSON Schemas of scenario, lever, experiment and pattern files, generated from the code that checks them.

An editor that knows them completes and checks a file as it is typed.  They are shipped in
`scenarios/schemas/`; `python -m sim.scenario.json_schema` writes them anew.  A schema sees one file at a
time: what depends on other files (which names exist, whether tables are complete) only `sim check` knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from sim.scenario import vocabulary as v
from sim.scenario.experiment_file import ExperimentFile
from sim.scenario.factors import FROM_PASSPORT, Spread
from sim.scenario.layers import DATED, EDITS
from sim.scenario.lever_uses import MAX_USES
from sim.scenario.levers import LeverFile
from sim.scenario.patterns import Pattern, Patterns
from sim.scenario.presets import Assumption, PresetFile
from sim.scenario.quantities import DISTRIBUTIONS, PASSPORT_KEYS
from sim.scenario.reader import MAX_SWITCHES
from sim.scenario.rules import MAX_ROWS, REST
from sim.scenario.schema import Run, Scenario
from sim.scenario.section import DATE
from sim.scenario.tree import shipped
from sim.scenario.validate import model_inside

Schema = dict[str, Any]
Keys = tuple[str, ...]
NAME = "[a-z][a-z0-9_]{0,39}"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARAMETER: Schema = {"type": "string", "pattern": r"^\$\w+$", "description": "a parameter of the lever"}


def schemas() -> dict[str, Schema]:
    """Return the JSON Schema of each kind of file, by name."""
    return {
        "scenario": _scenario(),
        "lever": _lever(),
        "experiment": _experiment(),
        "patterns": _patterns(),
        "preset": _preset(),
    }


def _closed(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _file(title: str, properties: Schema, definitions: Schema, required: list[str]) -> Schema:
    head: Schema = {"$schema": DIALECT, "title": title}
    return head | _closed(properties, required=required) | {"$defs": definitions}


# ── scenario ─────────────────────────────────────────────────────────────────────────────────────────────


def _scenario() -> Schema:
    shared = _Shared()
    control: Schema = {
        "extends": {"type": "string", "minLength": 1, "description": "scenario that this one begins from"},
        "place": _place(),
        "levers": _described(_ref("levers"), "levers that hold from the start, later ones over earlier ones"),
        "set": _settings(),
        "timeline": _timeline(),
    }
    properties = control | shared.sections(Scenario) | _rule_sections()
    definitions = shared.definitions | _set() | {"levers": _levers()} | _tables(lever=False)
    return _file("Enforcement Pathways: scenario", properties, definitions, [])


def _place() -> Schema:
    county: Schema = {
        "type": ["string", "integer"],
        "description": "a county (`Name County, ST` or FIPS code) whose facts are laid over the parent",
    }
    parts = {
        "county": county,
        "state_law": {"type": "boolean", "description": "whether the laws of its state hold"},
        "agreements": {"type": "boolean", "description": "whether its 287(g) agreements are in force"},
    }
    description = "a real county, with the laws of its state, laid over the parent"
    return {"anyOf": [county, _closed(parts, required=["county"])], "description": description}


def _timeline() -> Schema:
    switch = _closed(
        {
            "day": {"type": "number", "minimum": 0, "description": "day of the run"},
            "date": {"type": "string", "pattern": f"^{DATE}$", "description": "YYYY-MM-DD, from `start` on"},
            "levers": _described(_ref("levers"), "levers switched on"),
            "off": {"type": "array", "items": {"type": "string"}, "description": "levers switched off"},
            "set": _settings(),
        },
        oneOf=[{"required": ["day"]}, {"required": ["date"]}],
    )
    description = "switches in order of time"
    return {"type": "array", "maxItems": MAX_SWITCHES, "items": switch, "description": description}


def _settings() -> Schema:
    return _described(_ref("set"), "dotted path of a setting → value; wins over levers")


def _set(*, lever: bool = False) -> Schema:
    """Return what `set` takes, with the parts that its values share, as definitions.

    Paths with names that are free, or that only tell alike numbers apart, are patterns.
    """
    shared = _Shared(lever=lever)
    plain: Schema = {}
    patterns: Schema = {}
    for keys, schema in shared.paths(Scenario):
        if any(key.startswith("(") for key in keys):
            patterns["^" + r"\.".join(keys) + "$"] = schema
        else:
            plain[".".join(keys)] = schema
    return shared.definitions | {"set": _closed(plain, patternProperties=patterns)}


def _described(schema: Schema, description: str | None) -> Schema:
    return schema | {"description": description} if description else schema


class _Shared:
    """The sections of a scenario, with the parts that many fields share kept aside as definitions."""

    def __init__(self, *, lever: bool = False) -> None:
        self.definitions: Schema = {}
        self._lever = lever  # whether a parameter may stand in place of a number

    def sections(self, model: type[BaseModel]) -> Schema:
        """Return the schema of each field of a section; all may be left out, for a parent has them."""
        return {name: self._field(field) for name, field in model.model_fields.items()}

    def paths(self, model: type[BaseModel], above: Keys = ()) -> Iterator[tuple[Keys, Schema]]:
        """Give the keys of each setting and what it takes; `(…)` is a key that may be one of several."""
        for name, field in model.model_fields.items():
            inner, keys, taken = model_inside(field.annotation), (*above, name), self._field(field)
            if inner is None:
                optional = type(None) in get_args(field.annotation)
                yield keys, {"anyOf": [taken, {"type": "null"}]} if optional else taken
                yield from _inside(taken, keys)
                continue
            yield keys, {"type": "object", "description": taken["description"]}
            if get_origin(field.annotation) is dict:
                keys = (*keys, f"({NAME})" if name in DATED else rf"({NAME}|\*)")
                yield keys, {"type": ["object", "null"], "description": taken["description"]}
            yield from self.paths(inner, keys)

    def _field(self, field: Any) -> Schema:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        unit = f" ({extra['unit']})" if extra.get("unit") else ""
        return _described(self._kind(field, extra), f"{field.description or ''}{unit}")

    def _kind(self, field: Any, extra: Schema) -> Schema:
        inner = model_inside(field.annotation)
        if inner is not None:
            section = _described(_closed(self.sections(inner)), (inner.__doc__ or "").split("\n")[0])
            if get_origin(field.annotation) is not dict:
                return section
            removed = {"type": "null", "description": "takes away what the parent has under this name"}
            return _by_name({"anyOf": [section, removed]})
        if "names" in extra:
            low, high = extra["bounds"]
            number = self._with_passport({"type": "number", "minimum": low, "maximum": high})
            mapping = _closed(dict.fromkeys(extra["names"], number))
            return _closed(dict.fromkeys(extra["outer"], mapping)) if "outer" in extra else mapping
        plain = _plain(field.annotation, field.metadata, extra)
        free = plain["type"] == "array" or (plain["type"] == "string" and "enum" not in plain)
        if extra.get("dated"):
            date = {"type": "string", "pattern": f"^{DATE}$"}
            return {"anyOf": [self._with_passport(plain), date]}
        return plain if free else self._with_passport(plain)

    def _with_passport(self, value: Schema) -> Schema:
        """Return a reference to a schema that takes the value bare or with its passport."""
        limits = {k: x for k, x in value.items() if k in ("minimum", "maximum")}
        details = [f"{x:g}" for x in limits.values()] or value.get("enum", [])
        name = "-".join([value["type"], *details])
        span = {"type": "array", "items": {"type": "number", **limits}, "minItems": 2, "maxItems": 2}
        passport = _closed(
            {
                "value": value,
                "source": {"type": "string", "description": "id from sources.yaml, or `assumed`"},
                "range": _described(span, "plausible values: [low, high]"),
                "distribution": {"enum": list(DISTRIBUTIONS), "description": "how they lie in the range"},
                "note": {"type": "string"},
            },
            required=["value"],
        )
        stands = [_PARAMETER] if self._lever and value["type"] in ("number", "integer") else []
        if stands:
            passport["properties"]["value"] = {"anyOf": [value, *stands]}
        self.definitions[name] = {"anyOf": [value, *stands, passport]}
        return _ref(name)


def _inside(mapping: Schema, above: Keys) -> Iterator[tuple[Keys, Schema]]:
    """Give the keys and values of a mapping whose names are known and take all the same, if it is one."""
    names = mapping.get("properties")
    if names:
        keys, value = (*above, f"({'|'.join(names)})"), next(iter(names.values()))
        yield keys, value
        yield from _inside(value, keys)


def _by_name(schema: Schema) -> Schema:
    names = {"pattern": f"^{NAME}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": schema}


_KEYWORDS = {
    "ge": "minimum",
    "le": "maximum",
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
}
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _plain(annotation: Any, metadata: Sequence[Any], extra: Schema) -> Schema:
    """Return the schema of a plain type: a word, a number, a list, a mapping, or a closed model."""
    parts = get_args(annotation)
    if type(None) in parts:
        rest = tuple(part for part in parts if part is not type(None))
        if len(rest) > 1:
            return {"anyOf": [_plain(part, [], extra) for part in rest]}
        annotation = rest[0]
        parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inner = [rule for info in parts[1:] for rule in getattr(info, "metadata", [])]
        return _plain(parts[0], [*inner, *metadata], extra)
    if get_origin(annotation) is tuple:
        size = {} if parts[-1] is ... else {"minItems": len(parts), "maxItems": len(parts)}
        return {"type": "array", "items": _plain(parts[0], [], extra), **size}
    if get_origin(annotation) is dict:
        inside = model_inside(annotation)
        return _by_name(_model(inside)) if inside is not None else {"type": "object"}
    if annotation is Any:
        return {}
    schema: Schema = {"type": _TYPES[annotation]}
    if "choices" in extra:
        schema["enum"] = extra["choices"]
    for rule in metadata:
        for name, keyword in _KEYWORDS.items():
            limit = getattr(rule, name, None)
            if limit is not None:
                schema[keyword] = limit
    return schema


def _model(model: type[BaseModel]) -> Schema:
    """Return the schema of a closed model that stands by itself."""
    properties = {}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        inner = model_inside(field.annotation)
        whole = inner is not None and get_origin(field.annotation) is not dict
        schema = _model(inner) if whole else _plain(field.annotation, field.metadata, extra)
        properties[name] = _described(schema, field.description)
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    return _closed(properties, required=required)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _rule_sections() -> Schema:
    texts = {
        "rules": "decision tables: the first row whose conditions all hold gives the answer",
        "state_rules": "rows of state law, which come before every local row",
        "unrestricted": "what an actor does who does not keep to a rule",
    }
    tables_of = _closed({name: _described(_ref(f"table.{name}"), t.doc) for name, t in v.TABLES.items()})
    return {section: _described(tables_of, text) for section, text in texts.items()}


def _tables(*, lever: bool) -> Schema:
    """Return each table with its conditions and answers, as definitions."""
    found: Schema = {"chance": _chance(lever=lever)}
    for name, table in v.TABLES.items():
        found[f"table.{name}"] = _table(table)
        found[f"row.{name}"] = _row(table)
    for name in sorted({name for table in v.TABLES.values() for name in table.sees}):
        found[f"condition.{name}"] = _condition(v.ATTRIBUTES[name], lever)
    return found


def _levers() -> Schema:
    parameters = {"anyOf": [{"type": ["number", "null"]}, {"type": "object"}]}
    named = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": parameters}
    return {"type": "array", "maxItems": MAX_USES, "items": {"anyOf": [{"type": "string"}, named]}}


def _table(table: v.Table) -> Schema:
    rows = {"type": "array", "maxItems": MAX_ROWS, "items": _ref(f"row.{table.name}")}
    edits = _closed(dict.fromkeys(EDITS, rows), minProperties=1)
    return {"anyOf": [rows, edits], "description": table.doc}


def _row(table: v.Table) -> Schema:
    conditions = _closed({name: _ref(f"condition.{name}") for name in table.sees})
    answer = _answer(table)
    conditional = _closed({"when": conditions, "then": answer}, required=["when", "then"])
    return {"anyOf": [conditional, _closed({"otherwise": answer}, required=["otherwise"])]}


def _condition(attribute: v.Attribute, lever: bool) -> Schema:
    """Return what may be said of an attribute: a value, a list, `not`, a range."""
    itself = _ref(f"condition.{attribute.name}")
    if attribute.numeric:
        whole: Schema = {"type": "integer", "minimum": 0, "maximum": attribute.top}
        if lever:
            whole = {"anyOf": [whole, _PARAMETER]}
        one: Schema = {"anyOf": [whole, _closed({"from": whole, "to": whole}, minProperties=1)]}
    elif not attribute.values:
        one = {"type": "string"}
    else:
        words: list[Any] = list(attribute.values)
        one = {"enum": [*words, True, False] if attribute.values == v.YES_NO else words}
    forms = [
        one,
        {"type": "array", "minItems": 1, "items": itself},
        _closed({"not": itself}, required=["not"]),
    ]
    text = f"{attribute.doc} ({attribute.unit}, 0 to {attribute.top})" if attribute.numeric else attribute.doc
    return {"anyOf": forms, "description": text}


def _answer(table: v.Table) -> Schema:
    shares = _closed({name: _ref("chance") for name in table.answers}, minProperties=1)
    answers: list[Schema] = [{"enum": list(table.answers)}, shares]
    if table.many:
        answers.append({"type": "array", "items": {"enum": list(table.parts)}, "uniqueItems": True})
    return {"anyOf": answers}


def _chance(*, lever: bool) -> Schema:
    number: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    passport = _closed({"value": number} | {part: {} for part in PASSPORT_KEYS if part != "value"})
    return {"anyOf": [number, {"const": REST}, passport, *([_PARAMETER] if lever else [])]}


# ── lever and experiment ─────────────────────────────────────────────────────────────────────────────────


def _lever() -> Schema:
    schema = _model(LeverFile)
    sections = _rule_sections()
    patch = {"set": _settings(), "rules": sections["rules"], "state_rules": sections["state_rules"]}
    properties: Schema = schema["properties"]
    properties["patch"] = _described(_closed(patch), properties["patch"]["description"])
    definitions = _set(lever=True) | _tables(lever=True)
    return _file("Enforcement Pathways: lever", properties, definitions, schema["required"])


def _experiment() -> Schema:
    schema = _model(ExperimentFile)
    properties: Schema = schema["properties"]
    properties |= _model(Run)["properties"]
    properties["throughout"] = _described(_ref("levers"), properties["throughout"]["description"])
    one_or_more = {"type": "array", "items": {"anyOf": [_levers()["items"], _ref("levers")]}}
    properties["levers"] = _described(one_or_more, properties["levers"]["description"])
    properties["set"] = _described(_settings(), properties["set"]["description"])
    spread = _model(Spread) | {"oneOf": [{"required": ["grid"]}, {"required": ["range"]}]}
    properties["parameters"] = _described(
        {"type": "object", "additionalProperties": {"anyOf": [{"const": FROM_PASSPORT}, spread]}},
        properties["parameters"]["description"],
    )
    definitions = _set() | {"levers": _levers()}
    return _file("Enforcement Pathways: experiment", properties, definitions, schema["required"])


def _patterns() -> Schema:
    schema = _model(Patterns)
    properties: Schema = schema["properties"]
    listed = {"type": "array", "minItems": 1, "items": _model(Pattern)}
    properties["patterns"] = _described(listed, properties["patterns"]["description"])
    return _file("Enforcement Pathways: published patterns", properties, {}, schema["required"])


def _preset() -> Schema:
    schema = _model(PresetFile)
    properties: Schema = schema["properties"]
    assumption = _model(Assumption)
    assumption["properties"]["set"] = _settings()
    properties["assumptions"] = _described(
        {"type": "object", "additionalProperties": assumption}, properties["assumptions"]["description"]
    )
    return _file("Enforcement Pathways: preset", properties, _set(), schema["required"])


def text(schema: Schema) -> str:
    """Return a schema as it is shipped."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write the schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.schema.json").write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    write(shipped() / "schemas")
