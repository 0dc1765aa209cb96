"""Write the scenario of the growth of 287(g) from ICE's monthly lists.

    python scripts/build_growth.py scenarios/stories/growth_of_287g.yaml

An average county stands for the country: its jail is covered as often as jails in the country have an
agreement, and its officers hold task force authority as often as officers in the country do.  A jail has one
model at a time, so the model that most agreements of jails have stands for both: jail enforcement until the
lists show more agreements on warrant service, which began in 2019.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sim.scenario.facts import AgreementsMonth, agreements_by_month, counties
from sim.scenario.places import OFFICERS_PER_AGREEMENT

# Counts before ICE's monthly lists: 32 agreements in January 2016, 150 in September 2020, all of jails.  By
# month nothing is known between the two; warrant service was offered from May 2019 on.
EARLY = (("2016-01-01", 32), ("2020-09-01", 150))
JAILS = 2_850  # local jail jurisdictions, jail_inmates_2023
# Training of the staff of a covered jail, as for a place with an agreement.
STAFF = 5

HEAD = """\
# Written by scripts/build_growth.py from ICE's lists of agreements; edit that file, not this one.
extends: ../base.yaml
name: The growth of 287(g), 2016 to 2026
sources: [ice_287g_sheets, ice_287g_list_2026_05, jail_inmates_2023]
description: >
  Agreements under 287(g) grew from 32 in January 2016 to 150 in September 2020, fell to about 130, and rose
  to more than 1,700 by May 2026, most of them of the task force model, which had not existed since 2012.  An
  average county stands for the country, month by month from 2021 on: its jail has staff with authority, and
  its officers hold it on the street, as often as jails and officers in the country do.  A jail has one model
  at a time: jail enforcement, and warrant service from the month on in which more jails had agreed to that.
  All else stays as in 2025, ICE's reviewers, teams, beds and quota too, so that what changes by year is due
  to the agreements alone.
  `sim run stories/growth_of_287g --by-year` counts each year.
start: "2016-01-01"
run:
  days: {{value: {days}, source: assumed, range: [365, 3790]}}
set:
  jails.*.model_287g: jem
  jails.*.deputized: {{value: {share:.5f}, source: own_estimate, range: [0.0, 1.0]}}
  jails.*.deputized_staff: {{value: {staff:.5f}, source: assumed, range: [0.0, 20.0]}}
timeline:
"""


def growth() -> str:
    """Return the scenario file."""
    officers = sum((c.officers_city or 0) + (c.officers_county or 0) for c in counties())
    days = 3773  # from January 2016 to the end of April 2026
    first = EARLY[0][1] / JAILS
    lines = [HEAD.format(days=days, share=first, staff=STAFF * first)]
    lines += [_switch(date, _covered(jails)) for date, jails in EARLY[1:]]
    model, street = "jem", False
    for month in agreements_by_month():
        changed = _covered(month.jem + month.wso)
        if (now := _model(month)) != model:
            model, changed = now, {"jails.*.model_287g": now} | changed
        if month.tfm:
            if not street:
                street, changed = True, changed | {"agencies.*.model_287g": "tfm"}
            share = month.tfm * OFFICERS_PER_AGREEMENT / officers
            changed["agencies.*.deputized"] = f"{share:.5f}"
        lines.append(_switch(month.snapshot_date.isoformat(), changed))
    return "".join(lines)


def _covered(agreements: int) -> dict[str, str]:
    """Return what an average jail has of so many agreements: coverage, and staff to train."""
    share = agreements / JAILS
    return {"jails.*.deputized": f"{share:.5f}", "jails.*.deputized_staff": f"{STAFF * share:.5f}"}


def _model(month: AgreementsMonth) -> str:
    return "wso" if month.wso > month.jem else "jem"


def _switch(date: str, changed: dict[str, str]) -> str:
    settings = "".join(f"      {path}: {value}\n" for path, value in changed.items())
    return f'  - date: "{date}"\n    set:\n{settings}'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(growth(), encoding="utf-8")
