# ruff: noqa: E501 - one case a line, so that they read as a table
"""Wrong files, each with the error that it should be told: the cases of `test_bad_input.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A few small files of which one is wrong.

    `files` maps names to texts; a lone text is `main.yaml`, which is loaded.  The error must stand at `at`
    (line, column) of `file`, say `what`, and name `nearest` where it is given.
    """

    id: str
    files: dict[str, str | bytes] | str | bytes
    what: str
    at: tuple[int, int] | None = None
    nearest: str | None = None
    file: str | None = "main.yaml"
    levers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


BASE = "extends: base\n"

LEVER = """\
title: A lever
claim: It does something.
stage: sharing
systems: [11]
sources: [own_estimate]
parameters:
  share: {default: 0.5, bounds: [0, 1], unit: share, source: assumed, doc: it}
patch:
  set:
    sharing.compliance: $share
"""

AGENCY = (
    "{jail: county_jail, officers: 9, traffic_stops: 0, street_stops: 0, crime_share: 1, model_287g: none,"
    " profiling: {white: 1, black: 1, hispanic: 1, asian: 1, other: 1}, profiling_spread: 0, leniency: 0,"
    " leniency_spread: 0, deputized: 0, task_force: 0, trained: 0, status_inquiry: false, compliance: 1,"
    " tips: {officers: 0, chance: 0, spread: 0},"
    " pretext: {chance: 0, log_odds: {white: 0, black: 0, hispanic: 0, asian: 0, other: 0}}}"
)

OPERATION = (
    "{agency: sheriff, begins: 3, days: 2, stops_a_day: 5, officers: 2, neighbourhoods: 0.5, partner: true,"
    " reasons: {moving_violation: 1, equipment: 0, suspicion: 0}, unlicensed: 1,"
    " profiling: {white: 1, black: 1, hispanic: 1, asian: 1, other: 1}}"
)


def with_lever(main: str, lever: str = LEVER, name: str = "wall") -> dict[str, str | bytes]:
    """A scenario beside the file of a lever."""
    return {"main.yaml": main, f"levers/{name}.yaml": lever}


def rows(*lines: str, table: str = "detainer.response") -> str:
    """A scenario whose table has these rows; the first stands on line 4, column 7."""
    return f"{BASE}rules:\n  {table}:\n" + "".join(f"    - {line}\n" for line in lines)


def population(line: str) -> str:
    """A scenario with one more line about its population: line 3."""
    return f"{BASE}population:\n  {line}\n"


READING = [
    Wrong("an empty file", "", "the file is empty", (1, 1)),
    Wrong("a file of comments only", "# nothing\n", "the file is empty", (1, 1)),
    Wrong("a list at the top", "- extends: base\n", "a scenario is a mapping", (1, 1)),
    Wrong("a lone word", "base\n", "a scenario is a mapping", (1, 1)),
    Wrong("bytes that are not UTF-8", b"extends: base\nname: caf\xe9\n", "not UTF-8", (2, 10)),
    Wrong("a control character", "extends: base\nname: be\x07ep\n", "not valid YAML", (2, 9)),
    Wrong("an escaped control character", BASE + 'name: "\\e[31mred"\n', "control characters", (2, 7)),
    Wrong("a tab as indentation", BASE + "run:\n\tdays: 3\n", "not valid YAML", (3, 1)),
    Wrong("a bracket left open", BASE + "levers: [a, b\n", "not valid YAML", (2, 9)),
    Wrong("a quotation left open", BASE + 'name: "half\n', "not valid YAML", (2, 7)),
    Wrong("two documents in one file", BASE + "---\nname: b\n", "not valid YAML"),
    Wrong("a tag of its own", BASE + "run:\n  days: !days 3\n", "tags are not allowed", (3, 9)),
    Wrong("a Python tag", BASE + "name: !!python/name:os.system\n", "tags are not allowed", (2, 7)),
    Wrong("a Python object", BASE + "name: !!python/object/apply:os.system [ls]\n", "tags are not", (2, 7)),
    Wrong("a key that stands twice", BASE + "run: {days: 3,\n  days: 4}\n", "stands twice", (3, 3)),
    Wrong(
        "a section that stands twice", BASE + "run: {days: 3}\nrun: {seed: 1}\n", "first on line 2", (3, 1)
    ),
    Wrong("a merge key", "a: &a {days: 3}\nrun:\n  <<: *a\n", "merge keys", (3, 3)),
    Wrong("a key that is a list", BASE + "? [a, b]\n: 1\n", "a key must be a plain word", (2, 3)),
    Wrong("an alias without its anchor", BASE + "run: *nowhere\n", "not valid YAML", (2, 6)),
    Wrong(
        "an alias that contains itself",
        BASE + "run: &run\n  days: *run\n",
        "an alias contains itself",
        (2, 6),
    ),
    Wrong(
        "aliases that multiply",
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        + "".join(
            f"{y}: &{y} [{', '.join(['*' + x] * 10)}]\n" for x, y in zip("abcdef", "bcdefg", strict=True)
        ),
        "more than 60,000 values",
    ),
    Wrong("brackets nested too deep", BASE + "run: " + "[" * 30 + "]" * 30 + "\n", "nested deeper", (2, 30)),
    Wrong("brackets nested beyond reason", BASE + "run: " + "[" * 5_000 + "]" * 5_000, "nested deeper"),
    Wrong("a huge file", BASE + "# " + "x" * 300_000 + "\n", "larger than 256,000 bytes"),
    Wrong(
        "a number with too many digits", BASE + "run: {days: " + "9" * 5_000 + "}\n", "not a number", (2, 13)
    ),
    Wrong("a number that is none", BASE + "run: {days: !!int many}\n", "not a number", (2, 13)),
]

KEYS = [
    Wrong("a key that no scenario has", BASE + "colour: red\n", "unknown key colour", (2, 1)),
    Wrong("a typo in a control key", "extend: base\n", "unknown key extend", (1, 1), "extends"),
    Wrong("a typo in a section", BASE + "poulation: {}\n", "unknown key poulation", (2, 1), "population"),
    Wrong("a typo in a key", BASE + "run:\n  day: 3\n", "unknown key run.day", (3, 3), "days"),
    Wrong("a key in the wrong section", BASE + "run:\n  open_warrant: 0\n", "unknown key", (3, 3), "population.open_warrant"),
    Wrong("a scenario that extends nothing", "name: Bare\n", "lacks start, run, population", (1, 1)),
    Wrong("a new agency that says too little", BASE + "agencies:\n  park:\n    officers: 3\n", "agencies.park lacks jail", (3, 3)),
    Wrong("an agency whose name is no name", BASE + "agencies:\n  Park Rangers: {}\n", "not of the form", (3, 3)),
    Wrong("too many agencies", f"{BASE}agencies:\n  a0: &a {AGENCY}\n" + "".join(f"  a{k}: *a\n" for k in range(1, 30)), "too many entries"),
    Wrong("an agency whose jail is not there", BASE + "agencies:\n  sheriff: {jail: county_jale}\n", "no jail is named 'county_jale'", (3, 19), "county_jail"),
    Wrong("an operation of an agency that is not there", f"{BASE}operations:\n  blitz: {OPERATION.replace('sheriff', 'sherif')}\n", "no agency is named 'sherif'", (3, 19), "sheriff"),
    Wrong("an operation that says too little", BASE + "operations:\n  blitz: {agency: sheriff}\n", "operations.blitz lacks begins, days", (3, 3)),
    Wrong("an operation whose reasons exceed one", f"{BASE}operations:\n  blitz: {OPERATION.replace('suspicion: 0', 'suspicion: 0.5')}\n", "operations.blitz.reasons"),
    Wrong("an operation that is taken away and was not there", BASE + "operations: {blitz: null}\n", "operations.blitz has no value", (2, 21)),
    Wrong("too many operations", f"{BASE}operations:\n  o0: &o {OPERATION}\n" + "".join(f"  o{k}: *o\n" for k in range(1, 30)), "too many entries"),
    Wrong("a section that is a number", BASE + "population: 5\n", "population must be a mapping", (2, 13)),
    Wrong("a section without content", BASE + "sharing:\n", "sharing has no value", (2, 1)),
]  # fmt: skip

NUMBERS = [
    Wrong("text in place of a number", BASE + "run:\n  days: many\n", "run.days must be a number", (3, 9)),
    Wrong("a number in quotes", BASE + 'run: {days: "3"}\n', "run.days must be a number", (2, 13)),
    Wrong("yes in place of a number", BASE + "run: {days: true}\n", "run.days must be a number", (2, 13)),
    Wrong("a list in place of a number", BASE + "run: {days: [3]}\n", "run.days must be a number", (2, 13)),
    Wrong("a number without content", BASE + "run:\n  days:\n", "run.days has no value", (3, 3)),
    Wrong("a fraction of a resident", BASE + "run: {residents: 1000.5}\n", "must be a whole number", (2, 18)),
    Wrong("a story told by a source that nobody knows", BASE + "sources: [seed_reports, nobody]\n", "unknown source 'nobody'", (2, 25)),
    Wrong("too few residents", BASE + "run: {residents: 10}\n", "run.residents is too small", (2, 18)),
    Wrong("a negative seed", BASE + "run: {seed: -1}\n", "run.seed is too small", (2, 13)),
    Wrong("no replication", BASE + "run: {replications: 0}\n", "run.replications is too small", (2, 21)),
    Wrong("a run without days", BASE + "run: {days: 0}\n", "run.days is too small", (2, 13)),
    Wrong("a run of a thousand years", BASE + "run: {days: 365000}\n", "run.days is too large", (2, 13)),
    Wrong("a number that is not one", BASE + "run: {days: .nan}\n", "must be a finite number", (2, 13)),
    Wrong("an endless run", BASE + "run: {days: .inf}\n", "must be a finite number", (2, 13)),
    Wrong("a probability above one", population("open_warrant: 1.2"), "open_warrant is too large", (3, 17)),
    Wrong("a negative probability", population("open_warrant: -0.1"), "is too small", (3, 17)),
    Wrong("a share above one", population("licensed: {lpr: 1.5}"), "must lie between 0 and 1", (3, 19)),
    Wrong("a share that is not a number", population("licensed: {lpr: .nan}"), "must be a finite number", (3, 19)),
    Wrong("a share in quotes", population('licensed: {lpr: "1"}'), "must be a number", (3, 19)),
    Wrong("a status that does not exist", population("licensed: {lprr: 0.5}"), "unknown name 'lprr'", (3, 14), "lpr"),
    Wrong("groups that do not sum to one", population("groups: {white: 0.9}"), "population.groups: must sum to 1", None),
    Wrong("statuses that exceed everybody", population("statuses: {lpr: 0.99}"), "more than 1"),
    Wrong("more immigrants than a group holds", population("status_groups: {undocumented: {other: 1, white: 0, black: 0, hispanic: 0, asian: 0}}"), "more than the whole group", file=None),
    Wrong("a choice that does not exist", population("licence_law: regardles_of_status"), "not one of the choices", (3, 16), "regardless_of_status"),
    Wrong("a 287(g) model that does not exist", BASE + "agencies: {sheriff: {model_287g: tfn}}\n", "not one of the choices", (2, 34), "tfm"),
    Wrong("a jail's 287(g) model at an agency", BASE + "agencies: {sheriff: {model_287g: jem}}\n", "not one of the choices", (2, 34)),
    Wrong("a 287(g) model that no jail has", BASE + "jails: {county_jail: {model_287g: jam}}\n", "not one of the choices", (2, 35), "jem"),
    Wrong("a law on agreements that no state has", BASE + "state: {agreements_287g: require}\n", "not one of the choices", (2, 26), "required"),
    Wrong("a channel that does not exist", BASE + "sharing: {technical: [jail_rooster]}\n", "not one of the choices", (2, 23), "jail_roster"),
    Wrong("a word in place of a list", BASE + "sharing: {technical: jail_roster}\n", "must be a list", (2, 22)),
    Wrong("a number in place of yes or no", BASE + "agencies: {sheriff: {status_inquiry: 1}}\n", "must be true or false", (2, 38)),
    Wrong("a start that is not a date", BASE + 'start: "next spring"\n', "not of the form", (2, 8)),
    Wrong("a start that the calendar lacks", BASE + "start: 2025-02-30\n", "not a date of the calendar", (2, 8)),
    Wrong("a name that is empty", BASE + 'name: ""\n', "name is empty", (2, 7)),
    Wrong("a name that is a novel", BASE + f"name: {'x' * 300}\n", "name is too long", (2, 7)),
    Wrong("a table of residents that is a number", population("table: 5"), "must be text", (3, 10)),
]  # fmt: skip

PASSPORTS = [
    Wrong("a source that does not exist", population("open_warrant: {value: 0.1, source: pew_2032}"), "unknown source 'pew_2032'", (3, 38), "pew_2023"),
    Wrong("a source that is a number", population("open_warrant: {value: 0.1, source: 5}"), "a source is an id", (3, 38)),
    Wrong("an assumed number without a range", population("open_warrant: {value: 0.1, source: assumed}"), "needs a plausible range", (3, 17)),
    Wrong("a range that is a number", population("open_warrant: {value: 0.1, range: 0.2}"), "not a range", (3, 37)),
    Wrong("a range the wrong way round", population("open_warrant: {value: 0.1, range: [0.2, 0.0]}"), "not a range", (3, 37)),
    Wrong("a range around something else", population("open_warrant: {value: 0.1, range: [0.2, 0.3]}"), "does not contain the value", (3, 37)),
    Wrong("a range beyond the bounds", population("open_warrant: {value: 0.1, range: [0, 3]}"), "leaves the bounds", (3, 37)),
    Wrong("a range without end", population("open_warrant: {value: 0.1, range: [0, .inf]}"), "not a range", (3, 37)),
    Wrong("a distribution that does not exist", population("open_warrant: {value: 0.1, range: [0, 1], distribution: unifrom}"), "unknown distribution", (3, 59), "uniform"),
    Wrong("a logarithmic range from zero", population("open_warrant: {value: 0.1, range: [0, 1], distribution: log_uniform}"), "begins above zero", (3, 37)),
    Wrong("a passport with another part", population("open_warrant: {value: 0.1, sauce: pew_2023}"), "unknown part of a passport 'sauce'", (3, 30), "source"),
    Wrong("a passport without its number", population("open_warrant: {source: pew_2023}"), "lacks its `value`", (3, 17)),
    Wrong("a passport whose number is out of bounds", population("open_warrant: {value: 7, source: pew_2023}"), "is too large", (3, 25)),
]  # fmt: skip

RULES = [
    Wrong("a table that does not exist", BASE + "rules:\n  detainer.respose: []\n", "unknown table", (3, 3), "detainer.response"),
    Wrong("rules that are a list", BASE + "rules: [a]\n", "`rules` is a mapping", (2, 8)),
    Wrong("a table that is a word", BASE + "rules:\n  detainer.response: hold\n", "a table is a list of rows", (3, 22)),
    Wrong("a table without rows", BASE + "rules:\n  detainer.response: []\n", "the table has no row", (3, 22)),
    Wrong("an edit that does not exist", BASE + "rules:\n  detainer.response:\n    befor: []\n", "unknown edit 'befor'", (4, 5), "before"),
    Wrong("an edit of nothing", BASE + "rules:\n  detainer.response: {}\n", "no rows are given", (3, 22)),
    Wrong("an edit that is a word", BASE + "rules:\n  detainer.response: {before: hold}\n", "a table is a list of rows", (3, 31)),
    Wrong("too many rows", rows(*["otherwise: hold"] * 600), "600 rows, more than 500", (3, 3)),
    Wrong("a row that is a word", rows("hold"), "a row is", (4, 7)),
    Wrong("a row with another part", rows("{when: {warrant: judicial}, than: hold}"), "unknown part of a row 'than'", (4, 35), "then"),
    Wrong("a row without an answer", rows("when: {warrant: judicial}", "otherwise: hold"), "the row lacks `then`", (4, 7)),
    Wrong("a row without conditions", rows("then: hold"), "the row lacks `when`", (4, 7)),
    Wrong("a row with both forms", rows("{when: {}, otherwise: hold}"), "either `when` and `then`, or `otherwise`", (4, 7)),
    Wrong("conditions that are a word", rows("{when: judicial, then: hold}"), "conditions are a mapping", (4, 14)),
    Wrong("an uncovered case", rows("{when: {warrant: judicial}, then: hold}"), "no row answers the case warrant: none", (4, 7)),
    Wrong("a row that can never fire", rows("otherwise: hold", "{when: {warrant: judicial}, then: decline}"), "the row on line 4 takes all its cases", (5, 7)),
    Wrong("a row that stands twice", rows(*["{when: {warrant: judicial}, then: hold}"] * 2, "otherwise: hold"), "can never fire", (5, 7)),
    Wrong("a row that two rows above leave nothing", rows("{when: {warrant: judicial}, then: hold}", "{when: {warrant: {not: judicial}}, then: hold}", "otherwise: hold"), "the rows above it take all its cases", (6, 7)),
    Wrong("an attribute that does not exist", rows("{when: {ofence: dui}, then: hold}"), "unknown attribute 'ofence'", (4, 15), "offence"),
    Wrong("an attribute that the jail cannot see", rows("{when: {status: lpr}, then: hold}"), "this decision cannot see 'status'", (4, 15)),
    Wrong("a value that does not exist", rows("{when: {offence: violent_fellony}, then: hold}"), "unknown value of offence", (4, 24), "violent_felony"),
    Wrong("a value in a list that does not exist", rows("{when: {offence: [dui, trafic]}, then: hold}"), "unknown value of offence", (4, 30), "traffic"),
    Wrong("a value without content", rows("{when: {offence: }, then: hold}"), "the condition on offence has no value", (4, 15)),
    Wrong("a jail that does not exist", rows("{when: {jail: county_jale}, then: hold}"), "unknown value of jail", (4, 21), "county_jail"),
    Wrong("a form of condition that does not exist", rows("{when: {offence: {nto: dui}}, then: hold}"), "unknown form of condition 'nto'", (4, 25), "not"),
    Wrong("a range of something that is no number", rows("{when: {offence: {from: dui}}, then: hold}"), "unknown form of condition 'from'", (4, 25)),
    Wrong("a range the wrong way round in a rule", rows("{when: {lead_age: {from: 9, to: 3}}, then: drop}", table="ice.at_large"), "the wrong way round", (4, 25)),
    Wrong("a range beyond the scale", rows("{when: {lead_age: {to: 9999}}, then: drop}", table="ice.at_large"), "lead_age is out of range", (4, 25)),
    Wrong("a word in place of a count", rows("{when: {lead_age: old}, then: drop}", table="ice.at_large"), "not a condition on lead_age", (4, 25)),
    Wrong("a fraction in place of a count", rows("{when: {lead_age: {from: 1.5}}, then: drop}", table="ice.at_large"), "not a condition on lead_age", (4, 25)),
    Wrong("a condition that can never hold", rows("{when: {charged: {not: [yes, no]}}, then: hold}"), "this condition on charged can never hold", (4, 24)),
    Wrong("an empty list of values", rows("{when: {charged: []}, then: hold}"), "can never hold", (4, 24)),
    Wrong("an answer that does not exist", rows("otherwise: holt"), "unknown answer", (4, 18), "hold"),
    Wrong("an answer without content", rows("otherwise:"), "there is no answer", (4, 7)),
    Wrong("a list where there is one answer", rows("otherwise: [hold, notify]"), "has one answer, not a list", (4, 18)),
    Wrong("a part of identification that does not exist", rows("otherwise: [prints, rooster]", table="booking.identify"), "unknown answer", (4, 18), "roster"),
    Wrong("nothing beside something", rows("otherwise: [prints, none]", table="booking.identify"), "`none` stands alone", (4, 18)),
    Wrong("an unknown answer in a distribution", rows("otherwise: {holt: 1}"), "unknown answer", (4, 19), "hold"),
    Wrong("chances that do not sum to one", rows("otherwise: {hold: 0.5, notify: 0.4}"), "probabilities sum to 0.9, not 1", (4, 18)),
    Wrong("chances of nothing", rows("otherwise: {}"), "probabilities sum to 0, not 1", (4, 18)),
    Wrong("a negative chance", rows("otherwise: {hold: 1.5, notify: -0.5}"), "the chance of notify is not a probability", (4, 38)),
    Wrong("a chance that is not a number", rows("otherwise: {hold: .nan}"), "the chance of hold is not a probability", (4, 25)),
    Wrong("a chance that is a word", rows("otherwise: {hold: often}"), "the chance of hold is not a probability", (4, 25)),
    Wrong("two answers that get the rest", rows("otherwise: {hold: rest, notify: rest}"), "only one answer can get the rest", (4, 18)),
    Wrong("more than all before the rest", rows("otherwise: {hold: 0.8, notify: 0.8, decline: rest}"), "probabilities sum to 1.6", (4, 18)),
    Wrong("a chance with an unknown source", rows("otherwise: {hold: {value: 1, source: pew_2032}}"), "unknown source", (4, 44), "pew_2023"),
    Wrong("a dead row of state law", BASE + "state_rules:\n  detainer.response:\n    - otherwise: hold\n    - otherwise: decline\n", "can never fire", (5, 7)),
]  # fmt: skip

LAYERS = [
    Wrong("a parent that does not exist", "extends: bas\n", "no such scenario to extend", (1, 10), "base"),
    Wrong("a parent that is a folder", {"main.yaml": "extends: levers\n", "levers/a.yaml": LEVER}, "a folder, not a file", (1, 10)),
    Wrong("a parent that is a list", "extends: [base]\n", "names one scenario file", (1, 10)),
    Wrong("a parent without a name", "extends:\n", "names one scenario file", (1, 1)),
    Wrong("a scenario that extends itself", "extends: main.yaml\n", "in a circle: main.yaml → main.yaml", (1, 10)),
    Wrong("two scenarios that extend each other", {"main.yaml": "extends: b.yaml\n", "b.yaml": "extends: main.yaml\n"}, "in a circle: main.yaml → b.yaml → main.yaml", (1, 10), None, "b.yaml"),
    Wrong("a circle of three", {"main.yaml": "extends: b\n", "b.yaml": "extends: c\n", "c.yaml": "extends: main\n"}, "b.yaml → c.yaml → main.yaml", (1, 10), None, "c.yaml"),
    Wrong("a parent outside the tree", {"main.yaml": "extends: ../outside.yaml\n", "../outside.yaml": BASE}, "leaves the scenario folder", (1, 10)),
    Wrong("too long a chain", {"main.yaml": "extends: f0\n"} | {f"f{k}.yaml": f"extends: f{k + 1}\n" for k in range(20)}, "more than 16 files", (1, 10), None, "f15.yaml"),
    Wrong("an error in the parent", {"main.yaml": "extends: parent\n", "parent.yaml": BASE + "run: {days: x}\n"}, "run.days must be a number", (2, 13), None, "parent.yaml"),
    Wrong("a place that does not exist", BASE + "place: Davidsen County, TN\n", "no county", (2, 8), "Davidson County, TN"),
    Wrong("a place that is two places", BASE + "place: Davidson County\n", "names 2 counties", (2, 8)),
    Wrong("a FIPS code that does not exist", BASE + "place: 99999\n", "99999", (2, 8)),
    Wrong("a place that is a list", BASE + "place: [47037]\n", "not a place", (2, 8)),
    Wrong("set that is a list", BASE + "set: [a]\n", "`set` is a mapping", (2, 6)),
    Wrong("set on an unknown path", BASE + "set:\n  sharing.complianse: 1\n", "unknown setting", (3, 3), "sharing.compliance"),
    Wrong("set on an agency that does not exist", BASE + "set:\n  agencies.sherif.trained: 1\n", "unknown setting", (3, 3), "agencies.sheriff.trained"),
    Wrong("set on every jail of what no jail has", BASE + "set:\n  jails.*.capasity: 1\n", "unknown setting 'jails.*.capasity'", (3, 3)),
    Wrong("set on every section", BASE + "set:\n  ice.*.reserve: 1\n", "unknown setting", (3, 3)),
    Wrong("set to a wrong value on every jail", BASE + "set:\n  jails.*.capacity: -1\n", "jails.county_jail.capacity is too small", (3, 21)),
    Wrong("set into the rules", BASE + "set:\n  rules.detainer.response: hold\n", "rules are changed under `rules:`", (3, 3)),
    Wrong("set to a wrong value", BASE + "set:\n  sharing.compliance: 7\n", "sharing.compliance is too large", (3, 23)),
    Wrong("set inside a passport", BASE + "set:\n  sharing.compliance.value: 1\n", "unknown setting", (3, 3)),
    Wrong("--set without an equals sign", BASE, "not a setting", None, None, None, (), ("run.days",)),
    Wrong("--set without a value", BASE, "the value cannot be read", None, None, None, (), ("run.days=",)),
    Wrong("--set with an unreadable value", BASE, "the value cannot be read", None, None, None, (), ("run.days=[1",)),
    Wrong("--set with a wrong value", BASE, "run.days must be a number", None, None, None, (), ("run.days=x",)),
    Wrong("--set on an unknown path", BASE, "unknown setting 'run.dais'", None, "run.days", None, (), ("run.dais=3",)),
]  # fmt: skip

LEVERS = [
    Wrong("a lever that does not exist", with_lever(BASE + "levers: [wal]\n"), "unknown lever 'wal'", (2, 10), "wall"),
    Wrong("a lever outside its folder", with_lever(BASE + "levers: [../levers/wall]\n"), "unknown lever", (2, 10)),
    Wrong("levers that are a word", BASE + "levers: wall\n", "levers are a list", (2, 9)),
    Wrong("a lever that is a number", BASE + "levers: [3]\n", "not a lever", (2, 10)),
    Wrong("a lever that is a list", BASE + "levers: [[wall]]\n", "not a lever", (2, 10)),
    Wrong("a lever that is listed twice", with_lever(BASE + "levers: [wall, wall: 0.2]\n"), "listed twice", (2, 16)),
    Wrong("a parameter that does not exist", with_lever(BASE + "levers:\n  - wall: {shore: 1}\n"), "has no parameter 'shore'", (3, 12), "share"),
    Wrong("a parameter out of bounds", with_lever(BASE + "levers:\n  - wall: {share: 2}\n"), "share is out of bounds", (3, 19)),
    Wrong("a parameter that is a word", with_lever(BASE + "levers:\n  - wall: {share: most}\n"), "share must be a number", (3, 19)),
    Wrong("a value for a lever without parameters", with_lever(BASE + "levers: [wall: 1]\n", LEVER.replace("$share", "1").replace("  share: {default: 0.5, bounds: [0, 1], unit: share, source: assumed, doc: it}\n", "").replace("parameters:\n", "")), "has no parameter", (2, 16)),
    Wrong("--lever that does not exist", with_lever(BASE), "unknown lever 'wal'", None, "wall", None, ("wal",)),
    Wrong("--lever with a word for a value", with_lever(BASE), "not a lever", None, None, None, ("wall=much",)),
    Wrong("--lever out of bounds", with_lever(BASE), "share is out of bounds", None, None, None, ("wall=2",)),
    Wrong("--lever given twice", with_lever(BASE), "listed twice", None, None, None, ("wall=0.1", "wall=0.2")),
    Wrong("a lever without a patch", with_lever(BASE + "levers: [wall]\n", LEVER[: LEVER.index("patch")]), "lacks patch", (1, 1), None, "levers/wall.yaml"),
    Wrong("a lever at a stage that does not exist", with_lever(BASE + "levers: [wall]\n", LEVER.replace("stage: sharing", "stage: sharring")), "not one of the choices", (3, 8), "sharing", "levers/wall.yaml"),
    Wrong("a lever with an unknown source", with_lever(BASE + "levers: [wall]\n", LEVER.replace("own_estimate", "own_estimat")), "unknown source", (5, 11), "own_estimate", "levers/wall.yaml"),
    Wrong("a parameter with an unknown source", with_lever(BASE + "levers: [wall]\n", LEVER.replace("assumed", "asumed")), "unknown source", (7, 62), "assumed", "levers/wall.yaml"),
    Wrong("a parameter that the patch does not use", with_lever(BASE + "levers: [wall]\n", LEVER.replace("$share", "1")), "used nowhere", (7, 3), None, "levers/wall.yaml"),
    Wrong("a patch with a parameter that is not declared", with_lever(BASE + "levers: [wall]\n", LEVER + "    state.compliance: $shore\n"), "no parameter $shore", (11, 23), "$share", "levers/wall.yaml"),
    Wrong("a default out of its bounds", with_lever(BASE + "levers: [wall]\n", LEVER.replace("default: 0.5", "default: 5")), "must lie between 0 and 1", (7, 20), None, "levers/wall.yaml"),
    Wrong("bounds the wrong way round", with_lever(BASE + "levers: [wall]\n", LEVER.replace("[0, 1]", "[1, 0]")), "the lower end comes first", (7, 33), None, "levers/wall.yaml"),
    Wrong("a patch of an unknown setting", with_lever(BASE + "levers: [wall]\n", LEVER.replace("sharing.compliance", "sharing.complianse")), "unknown setting", (10, 5), "sharing.compliance", "levers/wall.yaml"),
    Wrong("a patch of a section that no lever may change", with_lever(BASE + "levers: [wall]\n", LEVER + "  unrestricted: {}\n"), "unknown key patch.unrestricted", (11, 3), None, "levers/wall.yaml"),
    Wrong("a patch with a wrong rule", with_lever(BASE + "levers: [wall]\n", LEVER + "  rules:\n    detainer.response:\n      before:\n        - otherwise: holt\n"), "unknown answer", (14, 22), "hold", "levers/wall.yaml"),
    Wrong("a patch with a value out of bounds", with_lever(BASE + "levers: [wall]\n", LEVER + "    state.compliance: 3\n"), "state.compliance is too large", (11, 23), None, "levers/wall.yaml"),
]  # fmt: skip

TIMELINE = [
    Wrong("a timeline that is a mapping", BASE + "timeline: {day: 3}\n", "a timeline is a list", (2, 11)),
    Wrong("a switch that is a number", BASE + "timeline: [3]\n", "a switch is a mapping", (2, 12)),
    Wrong("a switch without a time", BASE + "timeline:\n  - levers: []\n", "either a `day` or a `date`", (3, 5)),
    Wrong("a switch with two times", BASE + "timeline:\n  - {day: 3, date: 2025-03-01}\n", "either a `day` or a `date`", (3, 5)),
    Wrong("a switch with another part", BASE + "timeline:\n  - {day: 3, lever: [a]}\n", "unknown part of a switch", (3, 14), "levers"),
    Wrong("a negative day", BASE + "timeline:\n  - {day: -3}\n", "not a day of the run", (3, 11)),
    Wrong("a day that is a word", BASE + "timeline:\n  - {day: soon}\n", "not a day of the run", (3, 11)),
    Wrong("a day that is not a number", BASE + "timeline:\n  - {day: .nan}\n", "not a day of the run", (3, 11)),
    Wrong("a date that is not one", BASE + "timeline:\n  - {date: soon}\n", "not a date", (3, 12)),
    Wrong("a date that the calendar lacks", BASE + "timeline:\n  - {date: 2025-02-30}\n", "not a date", (3, 12)),
    Wrong("a date before the start", BASE + "start: 2025-01-20\ntimeline:\n  - {date: 2025-01-19}\n", "not a day of the run", (4, 12)),
    Wrong("a timeline that runs backwards", BASE + "timeline:\n  - {day: 9}\n  - {day: 3}\n", "runs backwards", (4, 11)),
    Wrong("a switch of an unknown lever", with_lever(BASE + "timeline:\n  - {day: 3, levers: [wal]}\n"), "unknown lever", (3, 23), "wall"),
    Wrong("off of a lever that is not on", with_lever(BASE + "timeline:\n  - {day: 3, off: [wall]}\n"), "lever 'wall' is not on", (3, 20)),
    Wrong("off that is a word", BASE + "timeline:\n  - {day: 3, off: wall}\n", "`off` is a list", (3, 19)),
    Wrong("a timeline that changes the population", BASE + "timeline:\n  - {day: 3, set: {population.open_warrant: 0}}\n", "cannot change population", (3, 19)),
    Wrong("a timeline that changes the run", BASE + "timeline:\n  - {day: 3, set: {run.seed: 5}}\n", "cannot change run", (3, 19)),
    Wrong("a timeline that sets an unknown path", BASE + "timeline:\n  - {day: 3, set: {run.sed: 5}}\n", "unknown setting", (3, 20), "run.seed"),
]  # fmt: skip

WRONG = [*READING, *KEYS, *NUMBERS, *PASSPORTS, *RULES, *LAYERS, *LEVERS, *TIMELINE]
