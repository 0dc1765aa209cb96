"""Draw the picture of the README from the results of `make demo`: python scripts/readme_picture.py."""

from pathlib import Path

from sim.outcomes.files import write_bytes
from sim.studies.findings import read_findings
from sim.views.figures import saver
from sim.views.report.figures import world_flow_figure

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    figure = world_flow_figure(read_findings(ROOT / "out" / "demo"), "cite_and_release")
    write_bytes(ROOT / "docs" / "images" / "flow.svg", saver(figure, "svg"))
