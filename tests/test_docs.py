"""The methods pages are true: tables agree with the code, and prose names nothing that is not there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import typer

from sim.cli import app
from sim.engine.ledger import BREAKDOWNS, EVENTS, QUANTITIES
from sim.outcomes.definitions import OUTCOMES
from sim.outcomes.log import COLUMNS
from sim.scenario import meanings
from sim.scenario import vocabulary as v
from sim.scenario.reader import CONTROL, SWITCH
from sim.scenario.schema import Scenario
from sim.scenario.tree import Tree, shipped
from sim.scenario.validate import all_paths
from sim.studies.targets import load_patterns
from sim.views import docs, docs_library, docs_state
from tests.shown import ROOT, run_lines, shown_lines

PAGES = docs.pages(ROOT / "docs")
NAMES = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES]
GENERATED = re.compile(r"<!-- generated: [^>]*-->(.*?)<!-- end -->", re.S)

ODD = (
    "1. Purpose and patterns",
    "2. Entities, state variables, and scales",
    "3. Process overview and scheduling",
    "4. Design concepts",
    "Theoretical and empirical background (basic principles)",
    "Individual decision-making",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Collectives",
    "Heterogeneity",
    "Stochasticity",
    "Observation",
    "Implementation details",
    "5. Initialization",
    "6. Input data",
    "7. Submodels",
)
STRESS = (
    "1.1 Purpose of the model",
    "1.2 Model outputs",
    "1.3 Experimentation aims",
    "2.1 Base model overview diagram",
    "2.2 Base model logic",
    "2.3 Scenario logic",
    "2.4 Algorithms",
    "2.5 Components",
    "2.5.1 Environment",
    "2.5.2 Agents",
    "2.5.3 Interaction topology",
    "2.5.4 Entry and exit",
    "3.1 Data sources",
    "3.2 Pre-processing",
    "3.3 Input parameters",
    "3.4 Assumptions",
    "4.1 Initialisation",
    "4.2 Run length",
    "4.3 Estimation approach",
    "5.1 Software or programming language",
    "5.2 Random sampling",
    "5.3 Model execution",
    "5.4 System specification",
    "6.1 Computer model sharing statement",
)


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def prose_of(text: str) -> str:
    """Return a page without its blocks of code and its generated parts."""
    return re.sub(r"```.*?```", "", GENERATED.sub("", text), flags=re.S)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_tables_agree_with_the_code() -> None:
    assert [str(part) for part in docs.check_pages(ROOT / "docs")] == []


def test_every_kind_of_table_is_on_some_page() -> None:
    used = set(re.findall(r"<!-- generated: (\w+)", "".join(text_of(name) for name in NAMES)))
    assert used == set(docs.KNOWN)
    shown = set(re.findall(r"<!-- generated: state (\w+)", text_of("reference/state.md")))
    assert shown == set(docs_state.ENTITIES)


def test_a_page_that_disagrees_is_found_and_mended(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", folder)
    for page in docs.pages(folder):
        text = page.read_text(encoding="utf-8")
        for found in reversed(list(GENERATED.finditer(text))):
            before = docs.check_pages(folder)
            assert before == []
            spoiled = found[1].replace(found[1].strip()[-1], "?", 1) if found[1].strip() else "?"
            page.write_text(text[: found.start(1)] + spoiled + text[found.end(1) :], encoding="utf-8")
            (stale,) = docs.check_pages(folder)
            assert (stale.page, stale.line) == (page, text[: found.start()].count("\n") + 1)
            assert docs.write_pages(folder) == [page]
            assert page.read_text(encoding="utf-8") == text


# ── form ─────────────────────────────────────────────────────────────────────────────────────────────────
def headings(text: str) -> list[str]:
    return re.findall(r"^#{2,5} (.+)$", prose_of(text), flags=re.M)


def test_the_odd_has_every_element_in_its_order() -> None:
    assert [h for h in headings(text_of("odd.md")) if h in ODD] == list(ODD)


def test_the_checklist_answers_every_item_in_its_order() -> None:
    text = text_of("stress.md")
    assert [h for h in headings(text) if re.match(r"\d\.\d", h)] == list(STRESS)
    answers = re.split(r"^#{2,5} ", text, flags=re.M)
    short = [a.splitlines()[0] for a in answers[1:] if not a.partition("\n")[2].strip()]
    assert all(re.match(r"\d\. |2\.5 ", heading) for heading in short), "an item without an answer"


# ── links and commands ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    page = ROOT / "docs" / name
    links = re.findall(r"\]\(([^)\s]+)\)", prose_of(text_of(name)))
    broken = [
        link
        for link in links
        if not re.match(r"https?://", link) and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert broken == []


def test_the_first_page_leads_to_every_other() -> None:
    links = set(re.findall(r"\]\(([^)\s]+)\)", text_of("index.md")))
    assert links == set(NAMES) - {"index.md"}


@pytest.mark.parametrize("name", [name for name in NAMES if shown_lines(text_of(name))])
def test_every_sim_line_of_a_page_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    run_lines(shown_lines(text_of(name)), tmp_path)


def verbs() -> dict[str, set[str]]:
    """Return the options of every verb."""
    command = typer.main.get_command(app)
    return {
        name: {option for parameter in verb.params for option in parameter.opts}
        for name, verb in command.commands.items()  # type: ignore[attr-defined]
    }


def codes(name: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"\s*\n\s*", " ", prose_of(text_of(name))))


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_a_sentence_exist(name: str) -> None:
    known = verbs()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    for code in codes(name):
        words = code.split()
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        if words[0] == "make":
            assert set(words[1:]) <= targets, code
        elif words[0] == "sim" and len(words) > 1 and not words[1].startswith("--"):
            assert words[1] in known, code
            assert options <= known[words[1]], code
        elif words[0].startswith("--"):
            assert options <= set().union(*known.values()), code


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────
def vocabulary() -> set[str]:
    """Return every name that scenario files, results and commands have."""
    words = {
        word
        for names in vars(v).values()
        if isinstance(names, tuple)
        for word in names
        if isinstance(word, str)
    }
    words |= {
        *v.ATTRIBUTES,
        *EVENTS,
        *QUANTITIES,
        *BREAKDOWNS,
        *(o.name for o in OUTCOMES),
        *CONTROL,
        *SWITCH,
    }
    words |= {*docs_library.shipped_levers(), *docs_library.bibliography(), *verbs()}
    words |= set(COLUMNS) | {preset.name for preset in docs_library.presets()}
    words |= {name for preset in docs_library.presets() for name in preset.file.assumptions}
    words |= {pattern.id for pattern in load_patterns().patterns} | set(load_patterns().regimes)
    words |= set(Tree(shipped()).scenario_names()) | {"assumed", "stated", "code", "jail model", "time"}
    for entity, (dtype, module) in docs_state.ENTITIES.items():
        words |= {entity, *getattr(module, dtype).names}
    return words


def paths() -> set[str]:
    """Return every dotted path of a scenario, with the names of the base and with `*` for any name."""
    base = docs_library.base().resolved
    found = {path.replace("NAME", "*") for path in all_paths(Scenario)}

    def walk(data: object, path: str) -> Iterator[str]:
        if isinstance(data, dict):
            for key, value in data.items():
                yield f"{path}{key}"
                yield from walk(value, f"{path}{key}.")

    found |= set(walk({k: x for k, x in base.items() if "rules" not in k}, ""))
    return found


KNOWN_PATHS = paths()
KNOWN_WORDS = vocabulary()


def is_known(code: str, page: Path) -> bool:
    """Whether a name in a sentence is one that the code, the scenarios or the repository have."""
    code = code.rstrip(":")
    if code in KNOWN_WORDS or code in v.TABLES or code.split()[0] in ("sim", "make"):
        return True
    if code.startswith("--") or re.fullmatch(r"[A-Z_]+=\d", code):
        return True
    if (ROOT / code).exists() or (page.parent / code).exists():
        return True
    if re.match(r"(sim|Model)\b", code):
        return resolves(code)
    return any(f".{code}." in f".{path}." for path in KNOWN_PATHS)


def resolves(code: str) -> bool:
    """Whether `sim.Model` or `Model.resident(i)` is a Python name."""
    names = re.sub(r"\(.*\)", "", code).split(".")
    here: object = import_module("sim")
    for name in names[1:] if names[0] == "sim" else names:
        if not hasattr(here, name):
            return False
        here = getattr(here, name)
    return True


@pytest.mark.parametrize("name", NAMES)
def test_prose_names_nothing_that_is_not_there(name: str) -> None:
    page = ROOT / "docs" / name
    assert [code for code in codes(name) if not is_known(code, page)] == []


def test_a_name_that_is_not_there_would_be_seen() -> None:
    page = ROOT / "docs/odd.md"
    wrong = [
        "ice.pickup.efort",
        "prints_shred",
        "detainer.respons",
        "data_firewal",
        "sim.Modell",
        "tests/sience",
    ]
    right = [
        "ice.pickup.effort",
        "prints_shared",
        "detainer.response",
        "data_firewall",
        "sim.Model",
        "tests/science",
    ]
    assert [code for code in wrong if is_known(code, page)] == []
    assert [code for code in right if not is_known(code, page)] == []


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_word_of_the_vocabulary_has_its_meaning() -> None:
    from sim.outcomes import meanings as counted

    assert list(meanings.ASKED) == list(v.TABLES)
    assert tuple(meanings.CHANNELS) == v.CHANNELS
    assert tuple(meanings.EFFECTS) == v.EFFECTS
    assert tuple(counted.EVENTS) == EVENTS
    assert tuple(counted.QUANTITIES) == QUANTITIES
    lists = {"status": v.STATUSES, "record": v.RECORDS, "hit": v.HITS[1:], "reason": v.REASONS}
    lists |= {"model_287g": v.MODELS_287G, "jail model": v.JAIL_MODELS, "origin": v.ORIGINS}
    assert {of: tuple(words) for of, words in meanings.WORDS.items()} == lists


@pytest.mark.parametrize("entity", docs_state.ENTITIES)
def test_every_state_variable_says_what_it_is(entity: str) -> None:
    dtype, module = docs_state.ENTITIES[entity]
    assert list(docs_state.comments_of(module, dtype)) == list(getattr(module, dtype).names)
