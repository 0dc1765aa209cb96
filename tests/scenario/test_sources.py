"""The bibliography is whole: every entry says what it is, where it stands, and how far it is trusted."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from sim.scenario.loader import load
from sim.scenario.tree import shipped

FILE = Path(__file__).parents[2] / "scenarios" / "sources.yaml"
SOURCES = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
REQUIRED = {"title", "url", "status", "confidence"}
ALLOWED = REQUIRED | {"year", "note"}


def test_ids_are_in_snake_case_and_sorted():
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in SOURCES)
    assert list(SOURCES) == sorted(SOURCES)


def test_the_sources_of_the_fact_tables_are_listed():
    package = FILE.parents[1] / "sim" / "scenario"
    text = (package / "facts.py").read_text("utf-8") + (package / "data" / "README.md").read_text("utf-8")
    lists = re.findall(r"\[([a-z0-9_]+(?:, [a-z0-9_]+)*)\]", text)
    cited = {name for found in lists for name in found.split(", ") if "_" in name}
    assert len(cited) >= 10
    assert cited <= set(SOURCES)


def test_every_entry_has_title_url_status_and_confidence():
    for name, entry in SOURCES.items():
        assert set(entry) >= REQUIRED, name
        assert set(entry) <= ALLOWED, name
        assert len(entry["title"]) > 10, name
        assert entry["status"] in {"read", "recalled"}, name
        assert entry["confidence"] in {"high", "medium", "low"}, name


def test_an_address_is_a_web_address_and_its_lack_is_explained():
    for name, entry in SOURCES.items():
        assert entry["url"] or entry.get("note"), name
        assert re.fullmatch(r"(https?://[^\s()]+)?", entry["url"]), name


def test_a_year_is_a_number_of_our_time():
    for name, entry in SOURCES.items():
        assert 1970 <= entry.get("year", 2000) <= 2030, name


def test_every_story_says_what_it_is_told_by() -> None:
    for path in sorted((shipped() / "stories").glob("*.yaml")):
        assert load(path).settings.sources, path.name
