from pathlib import Path

import sim
from sim.errors import Mark
from sim.views import scenarios


def test_a_row_reads_as_a_line() -> None:
    row = {
        "when": {"offence": ["dui", "traffic"], "licensed": False, "age": {"from": 18, "to": 24}},
        "then": "hold",
    }
    assert scenarios.row_text(row) == "offence dui or traffic, licensed no, age from 18 to 24 → hold"
    shares = {"otherwise": {"hold": {"value": 0.9, "source": "x"}, "decline": "rest"}}
    assert scenarios.row_text(shares) == "otherwise → hold 0.9, decline rest"
    assert (
        scenarios.row_text({"when": {"record": {"not": "none"}}, "then": ["a", "b"]})
        == "record not none → a + b"
    )


def test_state_law_stands_above_local_rules() -> None:
    county = sim.load("places/davidson_tn")
    rows = scenarios.rule_rows(county, "detainer.response")
    assert rows[0].origin == "state_rules"
    assert all(row.where.line > 0 for row in rows if row.origin != "state_rules")
    shown = scenarios.rule_table(county, "detainer.response").rows
    assert shown[0][1].startswith("[state law] ")
    assert "base.yaml:" in shown[-1][2]


def test_a_row_that_no_file_holds_is_said_to_come_with_the_place() -> None:
    assert scenarios.near(Mark()) == "facts of the place"
    assert scenarios.near(Mark(Path.cwd() / "my.yaml", 7, 3)) == "my.yaml:7"


def test_a_later_phase_is_told_below_the_first(tmp_path: Path) -> None:
    path = tmp_path / "switch.yaml"
    path.write_text("extends: base\ntimeline: [{day: 180, levers: [data_firewall]}]\n", encoding="utf-8")
    scenario = sim.load(path)
    assert scenarios.yaml_text(scenario).endswith("# from day 180: levers data_firewall\n")
    assert scenarios.difference(scenario, sim.load("base"))["timeline"] == [
        "+ from day 180: levers data_firewall"
    ]


def test_a_law_that_is_still_to_come_is_named(tmp_path: Path) -> None:
    path = tmp_path / "texas.yaml"
    path.write_text('extends: base\nplace: Harris County, TX\nstart: "2025-12-22"\n', encoding="utf-8")
    told = "from day 10: levers none; state law begins (TX: SB 8 (2025))"
    assert scenarios.difference(sim.load(path), sim.load("base"))["timeline"] == [f"+ {told}"]


def test_a_difference_is_nothing_between_a_scenario_and_itself() -> None:
    found = scenarios.difference(sim.load("base"), sim.load("base"))
    assert found == {"settings": [], "rules": [], "timeline": []}


def test_the_catalogue_says_what_a_lever_needs() -> None:
    text = scenarios.lever_text(scenarios.levers_of(sim.load("base")))
    part = text[text.index("pretext_arrests: ") :]
    assert "needs screening in the jail (`jail_screening`" in part[: part.index("agencies = ")]
