"""Draw the README's picture from the results of `make demo`: python scripts/readme_picture.py [FOLDER]."""

import sys
from pathlib import Path

from sim.outcomes.files import write_bytes
from sim.studies.findings import read_findings
from sim.views.figures import saver
from sim.views.report.figures import world_flow_figure

ROOT = Path(__file__).parents[1]
LEVER = "cite_and_release"

if __name__ == "__main__":
    findings = read_findings(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / "demo")
    write_bytes(ROOT / "docs" / "images" / "flow.svg", saver(world_flow_figure(findings, LEVER), "svg"))
