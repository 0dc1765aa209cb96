"""Cut the package's county, state and agreement tables out of the wide federal compilations.

    python scripts/build_facts.py TABLES sim/scenario/data

TABLES holds `us_counties.csv`, `us_states.csv` and `us_287g_agreements_by_month.csv`, whose columns
come from the public sources named in `sim/scenario/data/README.md`.  The cut keeps the columns the
package reads, turns percentages into shares, sorts the rows, and refuses a table that lacks a column.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

Row = dict[str, str]

COUNTY_COLUMNS = [
    "fips",
    "name",
    "state",
    "population",
    "hispanic",
    "white_nh",
    "black_nh",
    "asian_nh",
    "officers_city",
    "officers_county",
    "agreements_jem",
    "agreements_wso",
    "agreements_tfm",
    "ice_field_office",
    "noncitizen",
    "noncitizen_moe",
    "noncitizen_hispanic_est",
    "undocumented_est_2023",
    "jail_population_est",
    "secure_communities_date",
    "crime_violent_2012",
    "crime_property_2012",
]
STATE_COLUMNS = [
    "state",
    "name",
    "undocumented_est_2023",
    "undocumented_share",
    "licence_law",
    "licence_effective",
    "licence_status",
    "coop_category",
    "coop_law",
    "coop_effective",
    "coop_status",
    "coop_note",
]
AGREEMENT_COLUMNS = ["snapshot_date", "agreements", "agencies", "states", "jem", "wso", "tfm"]
LAW_COLUMNS = ["state", "since", "category", "agreements_287g", "law", "status"]

# States whose law on cooperation changed in steps.  The compilation has one row a state, for the law that
# stands, with its earlier ones in words; here each is a row, with what it says of 287(g) agreements.  Later
# laws add to earlier ones and replace what they speak of themselves.
STEPS: dict[str, list[tuple[str, str, str, str, str]]] = {
    "CA": [
        ("2014-01-01", "restrict_detainer_courts", "", "TRUST Act: most holds end, notices stay", "recalled"),
        ("2018-01-01", "restrict_strong", "banned", "Values Act SB 54 (2017)", "read"),
    ],
    "FL": [
        ("2019-07-01", "mandate_detainer", "", "SB 168 (2019)", "read (date recalled)"),
        ("2023-01-01", "mandate_287g", "required", "SB 1808 (2022): last day for jails", "recalled"),
    ],
    "GA": [
        ("2009-07-01", "ban_sanctuary", "", "SB 20 (2009)", "read (date recalled)"),
        ("2024-07-01", "mandate_287g", "required", "HB 1105 (2024)", "read (date recalled)"),
    ],
    "IL": [
        ("2017-08-28", "restrict_strong", "", "TRUST Act SB 31 (2017)", "read"),
        ("2021-08-02", "restrict_strong", "banned", "Way Forward Act (2021)", "read (date recalled)"),
    ],
    "IN": [
        ("2011-07-01", "ban_sanctuary", "", "IC 5-2-18.2 (2011): no limits on enforcement", "read"),
        ("2026-07-01", "mandate_detainer", "", "SEA 76 (2026)", "read (day assumed: laws begin on 1 July)"),
    ],
    "MS": [
        ("2017-07-01", "ban_sanctuary", "", "SB 2710 (2017)", "read"),
        ("2026-07-01", "mandate_detainer", "", "HB 538 (2026)", "read"),
    ],
    "NJ": [
        ("2019-03-15", "restrict_strong", "", "AG Directive 2018-6", "read (date recalled)"),
        ("2019-09-27", "restrict_strong", "banned", "the directive revised; A4071 (2026)", "recalled"),
    ],
    "NY": [
        ("2018-11-14", "restrict_detainer_courts", "", "People ex rel. Wells v. DeMarco", "recalled"),
        ("2026-08-25", "ban_287g", "banned", "Local Cops, Local Crimes Act (2026)", "read"),
    ],
    "TX": [
        ("2017-09-01", "mandate_detainer", "", "SB 4 (2017)", "read"),
        ("2026-01-01", "mandate_287g", "required", "SB 8 (2025)", "recalled"),
    ],
}


def laws_of(row: Row) -> list[Row]:
    """Return the laws of a state on cooperation with ICE, the earliest first."""
    if row["state"] in STEPS:
        steps = STEPS[row["state"]]
    elif row["coop_category"] == "none":
        steps = []
    else:
        banned = row["coop_category"] == "ban_287g" or "bans 287(g)" in row["coop_note"]
        required = row["coop_category"] == "mandate_287g"
        says = "banned" if banned else "required" if required else ""
        since, law = row["coop_effective"], row["coop_law"]
        steps = [(since, row["coop_category"], says, law, row["coop_status"])]
    return [dict(zip(LAW_COLUMNS, (row["state"], *step), strict=True)) for step in steps]


def as_state(row: Row) -> Row:
    """One state's row, its undocumented share a fraction of residents."""
    return {**row, "undocumented_share": f"{float(row['undocumented_est_share']) / 100:.4f}"}


def read(path: Path) -> list[Row]:
    """All rows of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: list[str], rows: Iterable[Row]) -> int:
    """Write `columns` of `rows`, sorted by the first column; give the number of rows."""
    kept = sorted(({c: row[c].strip() for c in columns} for row in rows), key=lambda row: row[columns[0]])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return len(kept)


def cut(source: Path, target: Path, columns: list[str], change: Callable[[Row], Row] = dict) -> None:
    """Write one table from its compilation, and say how many rows it has."""
    rows = [change(row) for row in read(source)]
    missing = [c for c in columns if rows and c not in rows[0]]
    if missing:
        sys.exit(f"{source}: lacks {', '.join(missing)}")
    print(f"{target.name}: {write(target, columns, rows)} rows")


def cut_laws(source: Path, target: Path) -> None:
    """Write the laws of the states, one a row, and say how many there are."""
    rows = [law for row in read(source) for law in laws_of(row)]
    print(f"{target.name}: {write(target, LAW_COLUMNS, rows)} rows")


def main(arguments: list[str]) -> None:
    """Write the tables of the package."""
    if len(arguments) != 2:
        sys.exit(__doc__)
    tables, data = map(Path, arguments)
    cut(tables / "us_counties.csv", data / "counties.csv", COUNTY_COLUMNS)
    cut(tables / "us_states.csv", data / "states.csv", STATE_COLUMNS, as_state)
    cut_laws(tables / "us_states.csv", data / "state_laws.csv")
    cut(tables / "us_287g_agreements_by_month.csv", data / "agreements_287g.csv", AGREEMENT_COLUMNS)


if __name__ == "__main__":
    main(sys.argv[1:])
