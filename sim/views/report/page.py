"""The page itself: chapters and figures set into one HTML file that needs no network and no script."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.outcomes.files import whole_file
from sim.studies.compare import COMBINED
from sim.studies.findings import Findings, WorldTold
from sim.views.figures import effects_figure, funnel_figure, saver
from sim.views.report import content
from sim.views.report.figures import course_figure, label_of, who_figure, world_flow_figure
from sim.views.report.summary import summary
from sim.views.results import count, length
from sim.views.tables import Table

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as the address of its own data, with what it shows in words."""

    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the report says of one lever."""

    anchor: str
    title: str
    world: WorldTold
    flow: Picture | None
    who: Picture
    course: Picture | None
    tables: dict[str, Table]
    changed: str


def report_html(findings: Findings) -> str:
    """Return a report as one HTML page; whatever comes from scenario files is escaped."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=_question(findings),
            findings=findings,
            summary=summary(findings),
            size=_size(findings),
            together=COMBINED,
            levers=[
                (w, _sentence(w.name, label_of(findings, w.name)))
                for w in findings.worlds[1:]
                if w.name != COMBINED
            ],
            parameters_of=content.parameters_of,
            sources_of=content.sources_of,
            effects=_picture(
                effects_figure,
                findings,
                "Paired effects of each lever with 95 % intervals; the table holds the numbers",
            ),
            funnel=_picture(
                funnel_figure, findings, "From stop to removal in each world, on a logarithmic axis"
            ),
            overview=content.overview(findings),
            chapters=[_chapter(findings, k, lever) for k, lever in enumerate(findings.levers, 1)],
            ranking=content.ranking_table(findings),
            presets=[t for lever in findings.levers if (t := content.preset_table(findings, lever))],
            influences=content.influence_tables(findings),
            limits=content.limits(findings),
            again=content.again(findings),
            scenario=content.scenario_text(findings),
        )
    )


def write_report(path: Path, findings: Findings) -> Path:
    """Write a report whole or not at all, and return where it is."""
    html = report_html(findings)
    with whole_file(path) as file:
        file.write(html)
    return path


def table_html(table: Table) -> str:
    """Return one table as HTML."""
    macro: Any = _environment().get_template("macros.html.j2").module
    return str(macro.table(table))


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    loader = jinja2.PackageLoader("sim.views.report", ".")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["minus"] = _minus
    environment.filters["coded"] = _coded
    return environment


def _minus(text: str) -> str:
    """Return a cell with the sign that print uses before its numbers."""
    return re.sub(r"(?<![\w=])-(?=\d)", "−", text)


def _coded(text: str) -> Markup:
    """Return a text as HTML, escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _question(findings: Findings) -> str:
    titles = [label_of(findings, lever) for lever in findings.levers if lever != COMBINED]
    if len(titles) <= 2:
        return f"What would change in “{findings.name}” with: {'; '.join(titles)}?"
    return f"What would each of {len(titles)} levers change in “{findings.name}”?"


def _size(findings: Findings) -> str:
    s = findings.settings
    each = f"{s.residents:,} synthetic residents for {length(s)}, seed {s.seed}"
    return f"{count(s.replications, 'replication')} of {each}"


def _sentence(name: str, title: str) -> str:
    return title if title == name else f"{title} ({name})"


def _chapter(findings: Findings, number: int, lever: str) -> Chapter:
    label = label_of(findings, lever)
    tables = {
        "who": content.who_table(findings, lever),
        "effects": content.effects_table(findings, lever),
    }
    flow = course = None
    if len(findings.flows):
        alt = f"Flow of people from ICE’s notice to the end of the case, in the base and with {label}"
        flow = _picture(lambda f: world_flow_figure(f, lever), findings, alt)
        tables["flow"] = content.flow_table(findings, lever)
    if len(findings.course):
        alt = f"Trust, fear, reporting and transfers over time, in the base and with {label}, with 95 % bands"
        course = _picture(lambda f: course_figure(f, lever), findings, alt)
    if content.partings(findings, lever):
        tables["partings"] = content.partings_table(findings, lever)
    who = _picture(
        lambda f: who_figure(f, lever),
        findings,
        f"Change in transfers with {label}, by status, perceived group and record",
    )
    return Chapter(
        f"lever-{number}",
        label,
        findings.world(lever),
        flow,
        who,
        course,
        tables,
        content.changed(findings, lever),
    )


def _picture(draw: Callable[[Any], Figure], findings: Findings, alt: str) -> Picture:
    stream = io.BytesIO()
    saver(draw(findings), "svg")(stream)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return Picture(f"data:image/svg+xml;base64,{data}", alt)
