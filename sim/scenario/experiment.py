"""An experiment as a file: a question, a scenario, the levers to compare, what is varied and how.

`experiments/NAME/experiment.yaml` names the scenario and the levers, gives each varied number a grid or a
range (or takes the range from the number's passport), and says by what design the points are laid out.  At
each point the scenario is run as it stands (`base`) and with each lever: the *arms* of the experiment.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.errors import InputError, Problems
from sim.scenario.document import Document, read
from sim.scenario.experiment_file import ExperimentFile
from sim.scenario.factors import SIZES, Factor, Factors
from sim.scenario.layers import command_line
from sim.scenario.lever_uses import LeverUse, only_once, read_use, read_uses
from sim.scenario.levers import load_lever
from sim.scenario.loader import LoadedScenario, find_scenario, resolve
from sim.scenario.presets import Preset, presets_of
from sim.scenario.quantities import Passport
from sim.scenario.sizes import check_sizes
from sim.scenario.telling import Telling
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model

OVERRIDES = ("days", "residents", "seed", "replications")
BASE = "base"


@dataclass(frozen=True, slots=True)
class Arm:
    """What is compared: the base, or a lever (or several together) laid over it."""

    name: str
    uses: tuple[LeverUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its scenario loaded and its parameters resolved.

    Attributes
    ----------
    path, file
        Where it was read, and what is written there.
    scenario
        The base at the values of its files.
    tree
        Where its levers are looked up: around the scenario as the experiment names it, so that a shipped
        scenario can be tried with levers that lie beside the experiment.
    arms
        The base, and what is compared with it.
    factors
        One for each varied number, in their order.
    points
        For a csv design the points, in the order of the factors.
    presets
        Those named, in their order; none named is one set of no assumptions.
    document
        The file as it was read, for the places of what is wrong.
    """

    path: Path
    file: ExperimentFile
    scenario: LoadedScenario
    tree: Tree
    arms: tuple[Arm, ...]
    factors: tuple[Factor, ...]
    presets: tuple[Preset, ...]
    document: Document = field(repr=False)
    points: tuple[tuple[float, ...], ...] = ()
    throughout: tuple[LeverUse, ...] = field(default=(), repr=False)
    fixed: tuple[tuple[str, Document], ...] = field(default=(), repr=False)

    def feels(self, arm: Arm, factor: Factor) -> bool:
        """Whether a factor can change anything in an arm: the parameter of a lever that it has not cannot."""
        return not factor.lever or any(use.name == factor.lever for use in (*self.throughout, *arm.uses))

    def world(
        self, arm: Arm, preset: Preset | None = None, values: Mapping[str, float] | None = None
    ) -> LoadedScenario:
        """Return the world of an arm under a preset, with some factors set.

        How long, how large and how often it is run is not in it: that is the experiment's own affair.

        Raises
        ------
        InputError
            If the values do not fit together.
        """
        problems = Telling()
        world = self._world(arm, preset, values or {}, problems)
        problems.raise_if_any()
        assert world is not None
        return world

    def _world(
        self, arm: Arm, preset: Preset | None, values: Mapping[str, float], problems: Problems
    ) -> LoadedScenario | None:
        mine = {f.name: f for f in self.factors}
        uses = [_given(use, mine, values) for use in (*self.throughout, *arm.uses)]
        numbers = [(k, command_line(x)) for k, x in values.items() if not mine[k].lever]
        fixed = [(path, x) for path, x in self.fixed if not path.startswith(SIZES)]
        assumed = [] if preset is None else preset.assumed()
        return resolve(self.scenario.path, self.tree, uses, [*fixed, *numbers], problems, assumed)


def _given(use: LeverUse, factors: Mapping[str, Factor], values: Mapping[str, float]) -> LeverUse:
    """Return a lever with those of its parameters set that are varied."""
    own = {k.partition(".")[2]: x for k, x in values.items() if factors[k].lever == use.name}
    if not own:
        return use
    before = use.given.data if isinstance(use.given.data, dict) else {}
    return replace(use, given=command_line(before | own))


def load_experiment(path: str | Path, *, own_design: bool = True) -> Experiment:
    """Read and check an experiment.

    Parameters
    ----------
    path
        Its file.
    own_design
        Whether it has to say how its points are laid out; a study that draws them itself needs ranges only.

    Returns
    -------
    Experiment
        With the scenario resolved (levers and overrides laid over it), one factor for each varied number,
        and, for a csv design, the points in the order of the factors.

    Raises
    ------
    InputError
        With every problem found in any file involved.
    """
    problems = Telling()
    path = Path(path)
    document = read(path, problems)
    checked = None if document is None else _check(path, document, problems, own_design=own_design)
    problems.raise_if_any()
    assert checked is not None
    return checked


def _check(path: Path, document: Document, problems: Problems, *, own_design: bool) -> Experiment | None:
    file = check_model(ExperimentFile, document, problems)
    if not isinstance(document.data, dict):
        return None
    throughout = tuple(read_uses(document.part("throughout"), problems))
    fixed = tuple(_fixed(document))
    arms = (Arm(BASE), *_arms(document.part("levers"), throughout, problems))
    tree = _tree(path, document)
    source = _source(path, document, tree, problems)
    own = Telling()  # of its own, so that what else is wrong does not keep the scenario from being read
    scenario = None if source is None else resolve(source, tree, throughout, fixed, own)
    problems.found += [x for x in own.found if x not in problems.found]
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        load_lever(use, tree, problems)
    _note_same_arms(arms, tree, problems)
    if scenario is None:
        _note_sizes(document, problems)
    presets = _presets(document, tree, problems)
    reader = Factors(document, scenario, _used(throughout, arms, tree), problems, own_design=own_design)
    if file is None:
        reader.from_parameters(whole=False)
        return None
    if file.design is not None and file.design.file is not None:
        factors, points = reader.from_file(path.parent / file.design.file)
    else:
        factors, points = reader.from_parameters(), ()
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        _note_twice(use, factors, problems)
    _note_disputed(presets, factors, document, problems)
    if scenario is None:
        return None
    found = Experiment(
        path, file, scenario, tree, arms, factors, presets, document, points, throughout, fixed
    )
    if not problems.found:
        for arm in arms[1:]:
            found._world(arm, None, {}, problems)
        for preset in presets:
            found._world(arms[0], preset, {}, problems)
    return found


def _note_twice(use: LeverUse, factors: Sequence[Factor], problems: Problems) -> None:
    """Note parameters of a lever that are given where the lever is listed, and varied as well."""
    varied = [f.name.partition(".")[2] for f in factors if f.lever == use.name]
    given = use.given.data
    for name in given if isinstance(given, dict) else varied if given is not None else ():
        if name in varied:
            what = f"{use.name}.{name} is given here and varied below"
            problems.add(use.where, what, allowed="one of them")


def _note_disputed(
    presets: Sequence[Preset], factors: Sequence[Factor], document: Document, problems: Problems
) -> None:
    """Note numbers that are varied though a preset is what sets them: the preset would then say nothing."""
    for preset in presets:
        for path in (path for a in preset.file.assumptions.values() for path in a.set):
            for factor in factors:
                if fnmatch.fnmatchcase(factor.name, path) or fnmatch.fnmatchcase(factor.name, f"{path}.*"):
                    where = document.key_mark(("parameters", factor.name))
                    what = f"{factor.name} is varied, and preset {preset.name} sets it"
                    problems.add(where, what, allowed="one of them")


def _tree(path: Path, document: Document) -> Tree:
    """Return the tree around the experiment's scenario as it is named there."""
    name = document.data.get("scenario")
    return Tree.around(path.resolve().parent / (name if isinstance(name, str) else ""))


def _source(path: Path, document: Document, tree: Tree, problems: Problems) -> Path | None:
    """Return the file of the experiment's scenario."""
    name = document.data.get("scenario")
    if not isinstance(name, str) or not name:
        return None
    return find_scenario(name, tree, document.mark(("scenario",)), problems, path.resolve().parent)


def _note_same_arms(arms: Sequence[Arm], tree: Tree, problems: Problems) -> None:
    """Note options that are written in different words and are the same, such as a default that is given."""
    first: dict[str, Arm] = {}
    for arm in arms[1:]:
        levers = [load_lever(use, tree, Telling()) for use in arm.uses]
        label = " + ".join(arm.name if lever is None else lever.label for lever in levers)
        other = first.setdefault(label, arm)
        if other is not arm:
            what = f"{arm.name} is the same as {other.name}"
            problems.add(arm.uses[0].where, what, allowed="each option once")


def _fixed(document: Document) -> list[tuple[str, Document]]:
    """Return the settings that hold in every world."""
    sizes = [(f"{SIZES}{key}", document.part(key)) for key in OVERRIDES if document.data.get(key) is not None]
    own = document.part("set")
    return [*sizes, *((str(key), own.part(key)) for key in (own.data if isinstance(own.data, dict) else ()))]


def _arms(part: Document, throughout: Sequence[LeverUse], problems: Problems) -> list[Arm]:
    """Read the levers to compare: each entry is a lever, or a list of levers that are on together."""
    found: dict[str, Arm] = {}
    for k in range(len(part.data) if isinstance(part.data, list) else 0):
        item = part.part(k)
        if isinstance(item.data, list):
            uses = read_uses(item, problems)
            if not item.data:
                problems.add(item.mark(), "there is no lever in this list", allowed="[name, name: value, …]")
        else:
            use = read_use(item, problems)
            uses = [] if use is None else [use]
        if not uses:
            continue
        only_once([*throughout, *uses], problems)
        arm = Arm(" + ".join(str(use) for use in uses), tuple(uses))
        if arm.name in found or arm.name == BASE:
            problems.add(item.mark(), f"{arm.name} is compared twice", allowed="each option once")
        found.setdefault(arm.name, arm)
    return list(found.values())


def _note_sizes(document: Document, problems: Problems) -> None:
    """Note sizes that no scenario could have, where there is no scenario to check them with."""
    sizes = {key: document.data.get(key) for key in OVERRIDES}
    for key, value in sizes.items():
        where = document.mark((key,))
        if isinstance(value, dict) or any(told.where == where for told in problems.found):
            continue  # with its passport, which the scenario's own schema reads, or told by that
        found = Telling()
        try:
            check_sizes(**{key: value})
        except InputError as error:
            found.found += error.problems
        for problem in found.found:
            problems.add(where, problem.what, value, allowed=problem.allowed)


def _presets(document: Document, tree: Tree, problems: Problems) -> tuple[Preset, ...]:
    """Return the presets that the experiment names."""
    listed = document.data.get("presets")
    names = [name if isinstance(name, str) else "" for name in listed] if isinstance(listed, list) else []
    if not names:
        return ()
    known = {preset.name: preset for preset in presets_of(tree, problems)}
    for k, name in enumerate(names):
        if name and name not in known:
            where = document.mark(("presets", k))
            problems.add(where, f"unknown preset {name!r}", name, known=list(known))
        elif name and name in names[:k]:
            problems.add(document.mark(("presets", k)), f"preset {name} is named twice", allowed="each once")
    return tuple(known[name] for name in dict.fromkeys(names) if name in known)


def _used(throughout: Sequence[LeverUse], arms: Sequence[Arm], tree: Tree) -> dict[str, Passport]:
    """Return a passport for every parameter of a lever that the experiment uses, by LEVER.PARAMETER."""
    found = {}
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        plain = replace(use, given=command_line(None))  # what is wrong with it has been told
        lever = load_lever(plain, tree, Telling())
        for name, x in {} if lever is None else lever.file.parameters.items():
            path = f"{use.name}.{name}"
            found[path] = Passport(
                path, x.default, x.source, x.bounds, "uniform", x.unit, "lever", x.bounds, x.doc
            )
    return found
