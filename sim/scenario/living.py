"""A resolved scenario as a file of its own: the rows that can fire, without those that levers covered.

Laying a lever's rows before those of a scenario may leave rows that can never fire.  Among files that is
what the lever is for; in one file it is a mistake, so a scenario that is written out leaves them out.
"""

from __future__ import annotations

from typing import Any

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, at
from sim.scenario.layers import RULE_SECTIONS
from sim.scenario.loader import LoadedScenario
from sim.scenario.rules import read_rows
from sim.scenario.tables import dead_rows


def standalone(scenario: LoadedScenario, phase: int = 0) -> dict[str, Any]:
    """Return the plain data of a scenario's phase; loaded as a file, they give that phase again."""
    settings = scenario.settings
    domains = {"agency": tuple(settings.agencies), "jail": tuple(settings.jails)}
    data = dict((scenario.resolved, *scenario.later)[phase])
    for section in RULE_SECTIONS:
        whole = Document(None, data.get(section) or {}, at(Mark()))
        data[section] = {name: _living(whole.part(name), v.TABLES[name], domains) for name in whole.data}
    return data


def _living(part: Document, spec: v.Table, domains: dict[str, tuple[str, ...]]) -> Any:
    rows = read_rows(spec, part, domains, Problems())
    if rows is None:
        return part.data
    dead = [row for row, _ in dead_rows(spec, rows, domains, among_files=True)]
    return [raw for raw, row in zip(part.data, rows, strict=True) if not any(row is d for d in dead)]
