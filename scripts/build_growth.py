"""Write the scenario of the growth of 287(g) from ICE's monthly lists.

    python scripts/build_growth.py scenarios/stories/growth_of_287g.yaml

An average county stands for the country: its jail is covered by warrant service as often as jails in the
country have an agreement, and its officers hold task force authority as often as officers in the country do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sim.scenario.facts import agreements_by_month, counties
from sim.scenario.places import OFFICERS_PER_AGREEMENT

# Counts before ICE's monthly lists: 32 agreements in January 2016, 150 in September 2020, all of jails.
EARLY = (("2016-01-01", 32), ("2020-09-01", 150))
JAILS = 2_850  # local jail jurisdictions, jail_inmates_2023
EVERY = 3  # months between switches

HEAD = """\
# Written by scripts/build_growth.py from ICE's lists of agreements; edit that file, not this one.
extends: ../base.yaml
name: The growth of 287(g), 2016 to 2026
description: >
  Agreements under 287(g) grew from 32 in January 2016 to 150 in September 2020, fell to about 130, and rose
  to more than 1,700 by May 2026, most of them of the task force model, which had not existed since 2012.  An
  average county stands for the country: its jail has staff who serve ICE's warrants, and its officers hold
  immigration authority, as often as jails and officers in the country do.  Jail enforcement counts as warrant
  service, which it includes.
start: "2016-01-01"
run:
  days: {{value: {days}, source: assumed, range: [365, 3790]}}
set:
  jails.*.model_287g: wso
  jails.*.deputized: {{value: {share:.5f}, source: own_estimate, range: [0.0, 1.0]}}
timeline:
"""


def growth() -> str:
    """Return the scenario file."""
    officers = sum((c.officers_city or 0) + (c.officers_county or 0) for c in counties())
    months = [m for m in agreements_by_month() if m.snapshot_date.month % EVERY == 1]
    days = 3773  # from January 2016 to the end of April 2026
    lines = [HEAD.format(days=days, share=EARLY[0][1] / JAILS)]
    rows = [(date, agreements, 0) for date, agreements in EARLY[1:]]
    rows += [(m.snapshot_date.isoformat(), m.jem + m.wso, m.tfm) for m in months]
    held = False
    for date, jail, street in rows:
        lines.append(f'  - date: "{date}"\n    set:\n      jails.*.deputized: {jail / JAILS:.5f}\n')
        if street and not held:
            lines.append("      agencies.*.model_287g: tfm\n")
            held = True
        if street:
            lines.append(f"      agencies.*.deputized: {street * OFFICERS_PER_AGREEMENT / officers:.5f}\n")
    return "".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(growth(), encoding="utf-8")
