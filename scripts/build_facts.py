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


def main(arguments: list[str]) -> None:
    """Write the three tables of the package."""
    if len(arguments) != 2:
        sys.exit(__doc__)
    tables, data = map(Path, arguments)
    cut(tables / "us_counties.csv", data / "counties.csv", COUNTY_COLUMNS)
    cut(tables / "us_states.csv", data / "states.csv", STATE_COLUMNS, as_state)
    cut(tables / "us_287g_agreements_by_month.csv", data / "agreements_287g.csv", AGREEMENT_COLUMNS)


if __name__ == "__main__":
    main(sys.argv[1:])
