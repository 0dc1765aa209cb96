import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

import sim
from sim.cli import app, main
from sim.outcomes.files import EFFECT_COLUMNS, OUTCOME_COLUMNS, YEAR_COLUMNS
from sim.scenario.levers import STAGES
from sim.studies import replicate
from sim.studies.reasons import why_nothing
from sim.studies.validate import ValidationRow

ROOT = Path(__file__).resolve().parent.parent
VERBS = (
    "run",
    "compare",
    "explain",
    "check",
    "show",
    "new",
    "warmup",
    "validate",
    "sweep",
    "decide",
    "sensitivity",
    "verify",
    "report",
    "docs",
    "dashboard",
)
SMALL = ("--residents", "2000", "--days", "60", "--replications", "2")
SHIPPED_FIGURES = {"effects.png", "effects.svg", "funnel.png", "funnel.svg"}


class Done(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*words: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Done(status, *capsys.readouterr())

    return call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of one comparison."""
    out = tmp_path_factory.mktemp("studies") / "new" / "folder"
    words = ["compare", "base", "--lever", "null", "--lever", "cite_and_release=0.9", "--combined", *SMALL]
    assert main([*words, "--out", str(out)]) == 0
    return out


def process(*words: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    call = [sys.executable, "-m", "sim", *words]
    return subprocess.run(
        call, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, **options
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def header_of(path: Path) -> tuple[str, ...]:
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(next(csv.reader(file)))


def interrupt(*_arguments: Any, **_options: Any) -> None:
    raise KeyboardInterrupt


# ── help ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_shows_worked_examples(command: Command, verb: str) -> None:
    done = command(verb, "--help")
    assert done.status == 0
    assert "Usage: sim" in done.out
    examples = done.out.partition("Examples:\n")[2]
    assert re.search(rf"^ +(\w+=\S+ )?sim {verb}\b", examples, flags=re.MULTILINE)


def test_every_example_has_options_that_exist() -> None:
    runner = CliRunner()
    for verb in VERBS:
        text = runner.invoke(app, [verb, "--help"]).output
        used = set(re.findall(r"(--[a-z-]+)", text.partition("Examples:")[2]))
        assert used <= set(re.findall(r"(--[a-z-]+)", text.partition("Examples:")[0])), verb


def test_without_a_verb_there_is_help(command: Command) -> None:
    done = command()
    assert done.status == 0
    assert all(verb in done.out for verb in VERBS)


def test_the_version_is_told(command: Command) -> None:
    assert command("--version").out == f"sim {sim.__version__}\n"


# ── the package ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_public_name_of_the_package_is_there() -> None:
    for name in sim.__all__:
        assert getattr(sim, name) is not None
        assert name in dir(sim)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sim.nonsense  # type: ignore[attr-defined]


def test_a_run_has_a_table_of_all_outcomes() -> None:
    run = sim.run("base", residents=2_000, days=60, replications=3)
    table = run.table()
    stops = [r.counts["traffic_stop"] + r.counts["street_stop"] for r in run.results]
    rate = [x / 2_000 * 100_000 * 365 / 60 for x in stops]
    assert table.loc["stops", "mean"] == pytest.approx(sum(rate) / 3)
    assert list(table.columns) == ["label", "mean", "sd", "replications", "unit"]
    assert table.loc["custody_per_detainer", "replications"] <= 3


def test_a_lever_of_a_run_is_switched_on() -> None:
    run = sim.run("base", ["data_firewall=0.5"], residents=2_000, days=1, replications=1)
    assert [lever.label for lever in run.world.levers] == ["data_firewall=0.5"]


def test_a_run_refuses_sizes_out_of_bounds_all_at_once() -> None:
    with pytest.raises(sim.InputError) as caught:
        sim.run("base", residents=3, days=float("nan"), replications=0)
    assert len(caught.value.problems) == 3


# ── run ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_run_shows_the_funnel_in_plain_text(command: Command) -> None:
    done = command("run", "base", *SMALL)
    assert done.status == 0
    for stage in ("Stops", "Bookings", "Transfers to ICE", "Removals"):
        assert re.search(rf"^{stage} +[\d.,]+ +[\d.,]+", done.out, flags=re.MULTILINE)
    assert "\x1b" not in done.out
    assert not re.search("[\u2500-\u257f]", done.out), "a pipe gets no box characters"


def test_run_writes_its_files(command: Command, here: Path) -> None:
    done = command("run", "base", *SMALL, "--lever", "data_firewall", "--events", "--out", "out")
    assert done.status == 0
    assert sorted(p.name for p in (here / "out").iterdir()) == [
        "attitudes.csv",
        "events.parquet",
        "manifest.json",
        "outcomes.csv",
    ]
    assert header_of(here / "out/outcomes.csv") == OUTCOME_COLUMNS
    about = json.loads((here / "out/manifest.json").read_text(encoding="utf-8"))
    assert about["command"][:3] == ["sim", "run", "base"]
    assert about["worlds"][0]["levers"][0]["name"] == "data_firewall"


def test_run_counts_each_calendar_year(command: Command, here: Path) -> None:
    sizes = ("--residents", "2000", "--replications", "2", "--days", "500", "--by-year")
    done = command("run", "base", *sizes, "--warm-up", "100", "--out", "out")
    assert done.status == 0
    assert re.search(r"^By calendar year +2025 +2026", done.out, flags=re.MULTILINE)
    # From 20 January 2025: day 346 is New Year's Day.
    assert "2025 246 days, 2026 254 days" in " ".join(done.out.split())
    with (here / "out/outcomes_by_year.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == YEAR_COLUMNS
    assert {(row["year"], row["days"]) for row in rows} == {("2025", "246.0"), ("2026", "254.0")}
    data = json.loads(command("run", "base", *sizes, "--json").out)
    assert [year["year"] for year in data["years"]] == [2025, 2026]
    assert json.loads(command("run", "base", *SMALL, "--json").out)["years"] == []


def test_run_gives_json_and_nothing_else_on_stdout(command: Command, here: Path) -> None:
    done = command("run", "base", *SMALL, "--json", "--out", "out")
    data = json.loads(done.out)
    sizes = {"residents": 2000, "days": 60.0, "seed": 1, "replications": 2}
    assert data["settings"] == sizes | {"warm_up": 0.0}
    assert set(data["funnel"]) <= {row["outcome"] for row in data["outcomes"]}
    assert "Wrote outcomes.csv" in done.err


@pytest.mark.parametrize("verb", [("run", "base"), ("compare", "base", "--lever", "null")])
def test_a_warm_up_is_asked_for_shown_and_written_down(
    command: Command, here: Path, verb: tuple[str, ...]
) -> None:
    cold = command(*verb, *SMALL)
    warm = command(*verb, *SMALL, "--warm-up", "90", "--out", "out")
    assert warm.status == 0
    assert "2,000 residents, 60 days after 90 of warm-up, 2 replications" in " ".join(warm.out.split())
    assert "warm-up" not in cold.out
    assert warm.out.splitlines()[4:] != cold.out.splitlines()[4:]
    about = json.loads((here / "out/manifest.json").read_text(encoding="utf-8"))
    assert (about["days"], about["warm_up"]) == (60.0, 90.0)


def test_a_lever_may_be_a_file(command: Command, here: Path) -> None:
    assert command("new", "mine", "--lever").status == 0
    done = command("compare", "base", "--lever", "levers/mine.yaml=0.3", *SMALL, "--out", "out")
    assert done.status == 0
    assert "levers/mine.yaml=0.3: Mine" in done.out
    assert {row["lever"] for row in rows_of(here / "out/effects.csv")} == {"levers/mine.yaml=0.3"}
    shown = command("show", "base", "--lever", "./levers/mine.yaml=0.3", "--rules", "detainer.response")
    assert re.search(r"record none → decline 0.3, hold rest +levers/mine.yaml", shown.out)


def test_all_outcomes_are_shown_when_asked(command: Command) -> None:
    short, whole = (command("run", "base", *SMALL, *more).out for more in ((), ("--all",)))
    assert "Mean stay in jail" in whole
    assert "Mean stay in jail" not in short


def test_a_setting_wins_over_the_scenario(command: Command) -> None:
    done = command("run", "base", "--set", "run.residents=1500", "--days", "1", "-n", "1", "--json")
    assert json.loads(done.out)["settings"]["residents"] == 1500


# ── compare ─────────────────────────────────────────────────────────────────────────────────────────────


def test_compare_writes_tables_manifest_and_figures(compared: Path) -> None:
    tables = {"outcomes.csv", "effects.csv", "attitudes.csv", "over_time.csv", "flows.csv", "divergence.csv"}
    names = tables | {"manifest.json"} | SHIPPED_FIGURES
    assert {path.name for path in compared.iterdir()} == names


def test_the_columns_of_the_tables_are_those_of_the_design(compared: Path) -> None:
    assert header_of(compared / "outcomes.csv") == OUTCOME_COLUMNS
    assert header_of(compared / "effects.csv") == EFFECT_COLUMNS
    assert (*EFFECT_COLUMNS[:5], EFFECT_COLUMNS[-1]) == ("lever", "outcome", "group", "level", "base", "unit")


def test_a_lever_that_does_nothing_changes_exactly_nothing(compared: Path) -> None:
    rows = [row for row in rows_of(compared / "effects.csv") if row["lever"] == "null"]
    assert {row["difference"] for row in rows} <= {"0.0", ""}
    assert len(rows) > 100


def test_all_levers_together_are_a_world_of_their_own(compared: Path) -> None:
    levers = {row["lever"] for row in rows_of(compared / "effects.csv")}
    assert levers == {"null", "cite_and_release=0.9", "combined"}


def test_compare_is_readable_in_a_pipe(command: Command) -> None:
    done = command("compare", "base", "--lever", "null", "--lever", "cite_and_release=0.9", *SMALL)
    assert done.status == 0
    assert "cite_and_release=0.9: Cite and release" in done.out
    assert re.search(r"^Stops .* exactly 0 +0 % +no change$", done.out, flags=re.MULTILINE)
    assert "below noise: the 95 % interval holds zero" in done.out
    assert "per 100,000 residents and year" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 100
    assert "\x1b" not in done.out
    assert not re.search("[\u2500-\u257f]", done.out)


def test_compare_gives_json_with_null_where_there_is_no_number(command: Command) -> None:
    done = command("compare", "base", "-l", "null", *SMALL, "--json")
    data = json.loads(done.out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    stops = next(e for e in data["effects"] if e["outcome"] == "stops")
    assert (stops["verdict"], stops["difference"], stops["variance_ratio"]) == ("no change", 0.0, 0.0)
    assert done.err == ""


def test_compare_needs_a_lever_and_lists_them(command: Command) -> None:
    done = command("compare", "base")
    assert done.status == 2
    assert "at least one --lever" in done.err
    assert "cite_and_release" in done.err


def test_compare_tells_everything_that_is_wrong_at_once(command: Command) -> None:
    levers = ("-l", "data_firewal", "-l", "null", "-l", "null")
    settings = ("--set", "run.dayz=3", "--set", "run.seed=3", "--set", "run.seed=4")
    options = ("--days", "-5", "--seed", "x", "--precision", "0", "--warm-up", "ages", "--out", "")
    done = command("compare", "base", *levers, *settings, *options)
    assert done.status == 2
    for told in (
        "did you mean: data_firewall",
        "--lever null is given more than once",
        "did you mean: run.days",
        "--set run.seed is given more than once: run.seed=3 and run.seed=4",
        "--days is out of bounds",
        "--seed is not a whole number",
        "--precision is out of bounds",
        "--warm-up is not a number",
        "--out: the name is empty",
    ):
        assert done.err.count(told) == 1, told
    assert done.out == ""


def test_run_tells_everything_that_is_wrong_at_once(command: Command) -> None:
    options = ("--residents", "2.5", "--workers", "0", "--replications", "none", "--events")
    done = command("run", "no_such_county", "--lever", "data_firewal", "--set", "run.days", *options)
    assert done.status == 2
    for told in (
        "--residents is not a whole number",
        "--workers is out of bounds",
        "--replications is not a whole number",
        "--events needs a folder",
        "no such scenario",
        "did you mean: data_firewall",
        "--set run.days: not a setting",
    ):
        assert done.err.count(told) == 1, told


@pytest.mark.parametrize("verb", ["run", "compare"])
def test_the_help_says_what_a_warm_up_is(command: Command, verb: str) -> None:
    text = " ".join(command(verb, "--help").out.split())
    assert "--warm-up DAYS Days to live first, before outcomes are counted" in text


@pytest.mark.parametrize("columns", [30, 40, 60])
def test_a_narrow_terminal_gets_whole_numbers(
    command: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    words = ("run", "base", *SMALL)
    whole = re.findall(r"^Stops +([\d,.]+)", command(*words).out, flags=re.MULTILINE)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = command(*words).out
    assert whole[0] in re.sub(r"\x1b\[[\d;]*m", "", narrow).split()


# ── explain ─────────────────────────────────────────────────────────────────────────────────────────────

BOOKINGS = ("explain", "base", "--lever", "cite_and_release=0.9", "--outcome", "bookings", *SMALL)


def test_explain_shows_where_worlds_part_and_writes_its_files(command: Command, here: Path) -> None:
    done = command(*BOOKINGS, "--by", "status", "--out", "why")
    assert done.status == 0
    assert "Where timelines part" in done.out
    assert "Net events by status" in done.out
    assert "Wrote divergence.csv, divergence.png, manifest.json to why" in done.err
    assert {path.name for path in Path("why").iterdir()} == {
        "divergence.csv",
        "divergence.png",
        "manifest.json",
    }
    rows = [row for row in rows_of(here / "why" / "divergence.csv") if not row["group"]]
    assert "booking" in {row["base_event"] for row in rows}
    again = command(*BOOKINGS, "--out", "why")
    assert "earlier study" not in again.err


def test_explain_gives_json_and_nothing_else_on_stdout(command: Command) -> None:
    data = json.loads(command(*BOOKINGS, "--by", "group", "--json").out)
    net = data["lever"], data["outcome"], data["difference"]["events"]
    assert net == ("cite_and_release=0.9", "bookings", sum(row["net"] for row in data["partings"]))
    assert net[2] == sum(row["net"] for row in data["partings_by"])
    assert net[2] == data["worlds"]["lever"]["events"] - data["worlds"]["base"]["events"]


@pytest.mark.parametrize("world", ["base", "lever", "cite_and_release", "cite_and_release=0.9"])
def test_explain_lists_people_of_one_world(command: Command, world: str) -> None:
    words = [word for word in BOOKINGS if word not in ("--outcome", "bookings")]
    done = command(*words, "--find", f"bookings-only-in={world}", "--limit", "1", "--json")
    assert done.status == 0
    data = json.loads(done.out)
    assert data["only_in"] == ("base" if world == "base" else "lever")
    assert len(data["people"]) == min(1, data["found"])


def test_explain_follows_a_person_that_it_found(command: Command) -> None:
    (person,) = json.loads(
        command(*BOOKINGS, "--find", "bookings-only-in=base", "--limit", "1", "--json").out
    )["people"]
    where = ("--resident", person["resident"], "--replication", person["replication"])
    words = [word for word in BOOKINGS if word not in ("--outcome", "bookings")]
    done = command(*words, *where)
    assert done.status == 0
    assert done.out.count("here they part") == 2  # one line, in both columns
    data = json.loads(command(*words, *where, "--json").out)
    assert data["parted"] == person["day"]
    assert data["who"]["age"] == person["age"]


def test_explain_lays_several_levers_into_one_world(command: Command) -> None:
    done = command("explain", "base", "--lever", "null", "--lever", "cite_and_release", *SMALL, "--json")
    assert json.loads(done.out)["levers"] == ["null", "cite_and_release"]


def test_explain_tells_everything_that_is_wrong_at_once(command: Command) -> None:
    wrong = ["--outcome", "transferss", "--by", "states", "--find", "stop-only-in=fire", "--limit", "0"]
    wrong += ["--replication", "1", "--days", "-3", "--set", "ice.nonsense=1"]
    done = command("explain", "base", "--lever", "data_firewal", *wrong)
    assert done.status == 2
    assert done.out == ""
    nearest = ("data_firewall", "transfers", "status", "stops")
    assert all(f"did you mean: {name}" in done.err for name in nearest)
    for name in ("--days", "ice.nonsense", "--limit", "--replication", "unknown world"):
        assert name in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resident", "2000"], "0 to 1,999"),
        (["--resident", "x", "--replication", "2"], "0 to 1"),
        (["--resident", "1", "--by", "status", "--out", "x"], "--by and --out"),
        (["--limit", "3"], "--find"),
        (["--find", "transferred"], "OUTCOME-only-in=base"),
        (["--outcome", "trust"], "no count of events"),
        (["--outcome", "stops", "--find", "transferred-only-in=base"], "two outcomes"),
    ],
)
def test_explain_refuses_what_says_nothing(command: Command, words: list[str], said: str) -> None:
    done = command("explain", "base", "--lever", "null", *SMALL, *words)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_explain_needs_a_lever_and_lists_them(command: Command) -> None:
    done = command("explain", "base")
    assert done.status == 2
    assert "at least one --lever" in done.err


# ── check, show, new ────────────────────────────────────────────────────────────────────────────────────


def test_check_names_the_kind_of_each_file(command: Command, here: Path) -> None:
    (here / "levers").mkdir()
    (here / "a.yaml").write_text("extends: base\n", encoding="utf-8")
    assert command("new", "b", "--lever").status == 0
    done = command("check", here)
    assert done.status == 0
    assert [line.split()[:2] for line in done.out.splitlines()] == [["ok", "scenario"], ["ok", "lever"]]


def test_check_tells_all_errors_of_all_files_and_which_are_right(command: Command, here: Path) -> None:
    (here / "good.yaml").write_text("extends: base\n", encoding="utf-8")
    wrong = "extends: base\nrun: {days: -1, residentz: 2}\nset: {ice.nonsense: 1}\n"
    (here / "wrong.yaml").write_text(wrong, encoding="utf-8")
    done = command("check", "good.yaml", "wrong.yaml", "missing.yaml")
    assert done.status == 2
    assert done.out == "ok  scenario    good.yaml\n"
    for found in ("residentz", "-1", "ice.nonsense", "missing.yaml", "2 of 3 files wrong"):
        assert found in done.err


def test_check_gives_json(command: Command, here: Path) -> None:
    (here / "wrong.yaml").write_text("extends: base\nrun: {days: -1}\n", encoding="utf-8")
    (found,) = json.loads(command("check", "wrong.yaml", "--json").out)
    assert not found["ok"]
    assert found["problems"][0]["line"] == 2


def test_check_says_that_a_folder_holds_nothing(command: Command, here: Path) -> None:
    done = command("check", here)
    assert done.status == 2
    assert "no *.yaml" in done.err


def test_a_shown_scenario_is_the_same_scenario(command: Command, here: Path) -> None:
    done = command("show", "base", "--lever", "data_firewall", "--set", "run.days=30")
    (here / "shown.yaml").write_text(done.out, encoding="utf-8")
    original = sim.load("base", levers=["data_firewall"], settings=["run.days=30"])
    # Rows that can never fire are left out, so that the two are not the same text.
    assert (
        why_nothing(original, sim.load(here / "shown.yaml"), "that")
        == "that changes nothing in this scenario."
    )


def test_show_diff_tells_what_a_lever_changes(command: Command) -> None:
    done = command("show", "base", "--lever", "data_firewall=0.5", "--diff", "base")
    assert "sharing.compliance: 1 → 0.5" in done.out
    assert re.search(r"^  \+ channel .* → withheld$", done.out, flags=re.MULTILINE)
    assert command("show", "base", "--diff", "base").out == "no difference\n"


def test_show_lists_levers_with_their_parameters(command: Command) -> None:
    done = command("show", "base", "--levers")
    by_stage = re.split(r"^── (\w+) \(\d+\) ─+$", done.out, flags=re.MULTILINE)
    stages = dict(zip(by_stage[1::2], by_stage[2::2], strict=True))
    assert list(stages) == [s for s in STAGES if s in stages]
    assert "data_firewall: Data firewall\n" in stages["sharing"]
    assert "less cooperation; systems 11; sources seed_reports" in stages["sharing"]
    assert "compliance = 0.95 probability (0 to 1" in stages["sharing"]
    assert "not with warrant_service_287g: a jail has one agreement" in stages["booking"]
    names = {lever["name"] for lever in json.loads(command("show", "base", "--levers", "--json").out)}
    assert {"null", "data_firewall"} <= names


def test_show_lists_the_levers_that_a_name_would_find(command: Command, here: Path) -> None:
    assert command("new", "lever", "own_rule").status == 0
    mine = (here / "levers/own_rule.yaml").read_text(encoding="utf-8")
    (here / "levers/null.yaml").write_text(mine, encoding="utf-8")
    found = {x["name"]: x["title"] for x in json.loads(command("show", "base", "--levers", "--json").out)}
    assert found["own_rule"] == found["null"] == "Own rule"
    assert "data_firewall" in found


def test_a_lever_in_place_of_a_shipped_one_is_noted(command: Command, here: Path) -> None:
    assert command("new", "lever", "own_rule").status == 0
    (here / "levers/own_rule.yaml").rename(here / "levers/null.yaml")
    done = command("run", "base", "--lever", "null", "--days", "1", "--residents", "200")
    assert done.status == 0
    assert re.search(r"Note: lever null is that of \S*levers/null\.yaml, not the shipped one\.", done.err)


def test_an_empty_folder_of_presets_takes_nothing_away(command: Command, here: Path) -> None:
    (here / "presets").mkdir()
    few = ("--days", "1", "--residents", "200", "--replications", "1")
    done = command("compare", "base", "--lever", "null", "--presets", *few, "--json")
    assert done.status == 0
    assert "critic_favourable" in done.out


def test_show_lists_every_number(command: Command) -> None:
    scenario = sim.load("base")
    rows = json.loads(command("show", "base", "--parameters", "--json").out)
    assert [row["path"] for row in rows] == list(scenario.passports)
    text = command("show", "base", "--parameters").out
    assert re.search(r"^ice.pickup.delay +10 +hours ", text, flags=re.MULTILINE)


def test_show_rules_gives_rows_in_force_with_their_lines(command: Command) -> None:
    done = command("show", "base", "--lever", "data_firewall", "--rules", "sharing.channel", "--json")
    rows = json.loads(done.out)
    assert Path(rows[0]["file"]).name == "data_firewall.yaml"
    source = Path(rows[0]["file"]).read_text(encoding="utf-8").splitlines()
    assert "when: {channel: [jail_roster" in source[rows[0]["line"] - 1]
    assert [row["origin"] for row in rows] == sorted(row["origin"] for row in rows)


def test_show_rules_of_an_unknown_table_names_the_nearest(command: Command) -> None:
    done = command("show", "base", "--rules", "detainer.respons")
    assert done.status == 2
    assert "did you mean: detainer.response" in done.err


def test_show_shows_one_thing_at_a_time(command: Command) -> None:
    assert command("show", "base", "--levers", "--parameters").status == 2


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("my_file",), "my_file.yaml"),
        (("my_file", "--place", "Maricopa County, AZ"), "my_file.yaml"),
        (("lever", "my_file"), "levers/my_file.yaml"),
        (("my_file", "--lever"), "levers/my_file.yaml"),
    ],
)
def test_a_new_file_is_right_as_it_stands(
    command: Command, here: Path, words: tuple[str, ...], file: str
) -> None:
    done = command("new", *words)
    assert done.status == 0
    assert Path(done.out.strip()) == Path(file)
    assert command("check", done.out.strip()).status == 0


def test_new_never_overwrites(command: Command, here: Path) -> None:
    (here / "mine.yaml").write_text("precious\n", encoding="utf-8")
    done = command("new", "mine")
    assert done.status == 2
    assert (here / "mine.yaml").read_text(encoding="utf-8") == "precious\n"


def test_new_leaves_nothing_behind_where_it_fails(command: Command, here: Path) -> None:
    assert command("new", "base").status == 2  # the name of a shipped one
    assert command("new", "lever", "null").status == 2
    assert command("new", "x", "--place", "Marcopa County, AZ").status == 2
    assert command("new", "no/such/folder").status == 2
    assert command("new", "no-word", "--lever").status == 2
    assert list(here.iterdir()) == []


# ── warmup, validate ────────────────────────────────────────────────────────────────────────────────────


def test_warmup_says_where_machine_code_lies(command: Command) -> None:
    from sim.engine import jit

    done = command("warmup", "--json")
    data = json.loads(done.out)
    assert data["folder"] == str(jit.cache_folder())
    assert data["seconds"] >= 0
    assert command("warmup").status == 0


def test_compiling_is_announced_once_and_before_the_run(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.engine import jit

    done: list[str] = []
    monkeypatch.setattr(jit, "COMPILED", True)
    monkeypatch.setattr(jit, "is_warm", lambda: bool(done))
    monkeypatch.setattr("sim.studies.run.warm_up", lambda: done.append("compiled"))
    first, second = (command("run", "base", *SMALL) for _ in range(2))
    assert first.err.startswith("Compiling the engine (once, about a minute) …\nCompiled in ")
    assert second.err == ""
    assert done == ["compiled"]


def test_wrong_input_is_told_before_anything_is_compiled(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.views.console.compile_first", lambda: pytest.fail("compiling has begun"))
    assert command("run", "nonsense").status == 2
    assert command("compare", "base", "--lever", "nonsense").status == 2


def finding(**changes: Any) -> ValidationRow:
    fields: dict[str, Any] = {
        "id": "F1",
        "what": "driver stops",
        "regime": "2025",
        "target": 6000.0,
        "low": 5400.0,
        "high": 8000.0,
        "value": 6100.0,
        "mcse": float("nan"),
        "unit": "per 100,000 and year",
        "verdict": "within",
        "source": "assumed",
        "fitted": True,
    }
    return ValidationRow(**fields | changes)


def test_validate_shows_targets_beside_results(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def pretend(patterns: str | None, **options: Any) -> list[ValidationRow]:
        asked.update(options, patterns=patterns)
        return [finding(), finding(what="another", fitted=False, verdict="outside")]

    monkeypatch.setattr("sim.studies.validate.validate", pretend)
    done = command("validate", "--short", "--workers", "2")
    assert done.status == 0
    assert (asked["short"], asked["workers"], asked["patterns"]) == (True, 2, None)
    assert re.search(r"driver stops.* 5,400 to 8,000 +6,100 +n/a +within", done.out)
    assert "1 patterns: 0 within, 1 outside" in done.out
    rows = json.loads(command("validate", "--json").out)
    assert [row["mcse"] for row in rows] == [None, None]


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("run",),
        ("run", "base", "--nonsense"),
        ("run", "base", "--days", "abc"),
        ("run", "no_such_scenario"),
        ("run", "base", "--lever", "nonsense"),
        ("run", "base", "--set", "nonsense"),
        ("run", "base", "--set", "run.days=-3"),
        ("run", "base", "--days", "0"),
        ("run", "base", "--days", "nan"),
        ("run", "base", "--residents", "-1"),
        ("run", "base", "--seed", "-1"),
        ("run", "base", "--seed", str(2**63)),
        ("run", "base", "--replications", "0"),
        ("run", "base", "--workers", "0"),
        ("run", "base", "--events"),
        ("run", ""),
        ("run", "x" * 300),
        ("run", "base", "--out", ""),
        ("run", "base", "--out", "x" * 300),
        ("run", "base", "--lever", "x" * 300),
        ("run", "base", "--lever", f"./{'x' * 300}.yaml"),
        ("run", "base", "--lever", "no/such/file.yaml"),
        ("run", "base", "--lever", "ice_effort=effort:0.5,effort:0.6"),
        ("run", "base", "--set", "run.days=3", "--set", "run.days=3"),
        ("run", "base", "--warm-up", "-1"),
        ("compare", "base", "--lever", "null", "--warm-up", "nan"),
        ("check", ""),
        ("check", "x" * 300),
        ("show", "x" * 300),
        ("show", "base", "--diff", ""),
        ("show", "base", "--set", "run.days=3", "--set", "run.days=4"),
        ("new", ""),
        ("new", "", "--lever"),
        ("new", "lever"),
        ("new", "lever", ""),
        ("new", "two", "names"),
        ("new", "lever", "x", "--place", "Davidson County, TN"),
        ("new", "x" * 300),
        ("new", "x" * 300, "--lever"),
        ("compare", "base", "--lever", "null", "--precision", "0"),
        ("new", "x", "--lever", "--place", "Davidson County, TN"),
    ],
)
def test_wrong_input_is_status_2_and_never_a_traceback(command: Command, here: Path, words: Any) -> None:
    done = command(*words)
    assert done.status == 2
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_before_the_run(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(replicate, "simulate", lambda *_a, **_k: pytest.fail("the run has begun"))
    done = command("run", "base", *SMALL, "--out", "file/below")
    assert done.status == 2
    assert "cannot write" in done.err
    assert [path.name for path in here.iterdir()] == ["file"]


@pytest.mark.parametrize("verb", [("run", "base"), ("compare", "base", "--lever", "null")])
def test_an_interrupt_is_status_130_and_leaves_nothing(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    monkeypatch.setattr(replicate, "simulate", interrupt)
    done = command(*verb, *SMALL, "--out", "out")
    assert (done.status, done.out, done.err) == (130, "", "interrupted\n")
    assert list(here.iterdir()) == []


def test_an_interrupt_while_a_file_is_written_leaves_no_half_of_it(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.outcomes.files._plain", interrupt)
    assert command("run", "base", *SMALL, "--out", "out").status == 130
    assert [path for path in here.rglob("*") if path.is_file()] == []


def test_an_error_of_the_package_is_one_line_and_status_1(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise sim.SimError("the world has ended")

    monkeypatch.setattr(replicate, "simulate", fail)
    done = command("run", "base", *SMALL)
    assert (done.status, done.out, done.err) == (1, "", "sim: the world has ended\n")


def test_an_unexpected_error_says_how_to_see_more(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(replicate, "simulate", fail)
    monkeypatch.delenv("SIM_DEBUG", raising=False)
    done = command("run", "base", *SMALL)
    assert done.status == 1
    assert "ZeroDivisionError: oops" in done.err
    assert "SIM_DEBUG=1" in done.err
    assert "Traceback" not in done.err
    monkeypatch.setenv("SIM_DEBUG", "1")
    assert "Traceback" in command("run", "base", *SMALL).err


def test_an_earlier_study_in_the_same_folder_is_pointed_out(command: Command, here: Path) -> None:
    (here / "effects.csv").write_text("", encoding="utf-8")
    done = command("run", "base", *SMALL, "--out", here)
    assert "effects.csv in the same folder come from an earlier study" in done.err


def test_the_command_runs_as_a_module_and_keeps_its_streams_apart(tmp_path: Path) -> None:
    done = process("run", "base", *SMALL, "--json", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert (tmp_path / "out/outcomes.csv").exists()


def output_to(target: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb whose results go to a file descriptor that does not take them."""
    return subprocess.run(
        [sys.executable, "-m", "sim", "show", "base"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=target,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


def test_a_reader_that_leaves_early_makes_no_noise(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = output_to(writer, tmp_path)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told_and_not_a_traceback(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = output_to(full.fileno(), tmp_path)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_tells_the_names_of_outcomes_whatever_else_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "question: Why?\nscenario: base\nlevers: [nobody]\noutcomes: [transferz]\nby: [statuss]\n"
    )
    assert main(["check", str(path)]) == 2
    told = capsys.readouterr()
    for place in (":3:10: unknown lever 'nobody'", ":4:12: unknown outcome", ":5:6: unknown breakdown"):
        assert f"{path}{place}" in told.out + told.err
