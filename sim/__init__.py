"""Enforcement Pathways: how everyday encounters with local police become immigration enforcement.

The whole package in a few names; each is imported when it is first used, so that `import sim` costs nothing:

>>> import sim
>>> scenario = sim.load("base", levers=["data_firewall"])
>>> model = sim.Model(scenario, residents=2_000)
>>> run = sim.run("base", residents=2_000, days=60, replications=2)
>>> quick = sim.Plan(residents=2_000, days=60, replications=2)
>>> comparison = sim.compare("base", ["data_firewall"], plan=quick)
>>> why = sim.explain("base", ["data_firewall"], plan=quick)

In a notebook results show themselves; `.table()` gives them to pandas and `.plot()` draws them.

`sim.replaces` puts a function of one's own in the place of an agent's decision, compiled with the rest;
`sim.replaceable` lists the decisions.

What is wrong with an input is raised as `sim.InputError`, with every problem found; anything else that this
package raises on purpose is a `sim.SimError`.  Where Python itself would raise a `TypeError` for an unknown
keyword, or a mapping a `KeyError`, it is an `InputError` of that kind too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents.decisions import replaceable
    from sim.agents.replacing import replaces
    from sim.errors import InputError, SimError
    from sim.model import Model
    from sim.scenario.loader import load
    from sim.studies.plan import Plan
    from sim.views.notebook import compare, explain, report, run, sweep

    __version__: str

__all__ = [
    "InputError",
    "Model",
    "Plan",
    "SimError",
    "__version__",
    "compare",
    "explain",
    "load",
    "replaceable",
    "replaces",
    "report",
    "run",
    "sweep",
]

_HOMES = {
    "InputError": "sim.errors",
    "Model": "sim.model",
    "Plan": "sim.studies.plan",
    "SimError": "sim.errors",
    "compare": "sim.views.notebook",
    "explain": "sim.views.notebook",
    "load": "sim.scenario.loader",
    "replaceable": "sim.agents.decisions",
    "replaces": "sim.agents.replacing",
    "report": "sim.views.notebook",
    "run": "sim.views.notebook",
    "sweep": "sim.views.notebook",
}


def _imported(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("enforcement-pathways")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    globals()[name] = value
    return value


if not TYPE_CHECKING:  # a checker of types is to know these names, and no others
    __getattr__ = _imported


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
