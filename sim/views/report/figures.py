"""Figures of a report: who bears a lever's effect, and the course of trust and reports over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.outcomes.definitions import BY_NAME
from sim.outcomes.flows import Link
from sim.studies.compare import Effect, half_width
from sim.studies.findings import Findings
from sim.views.figures import (
    BLUE,
    GREY,
    STYLE,
    effect_point,
    ink_of,
    limits_of,
    new_figure,
    settle,
    weight_of,
    wrapped,
)
from sim.views.results import PER
from sim.views.sankey import flow_figure, halves_of
from sim.views.tables import number, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO: Final = ("transfers", "wrongful_ice_arrests")
BY: Final = {"status": "Status", "group": "Perceived group", "record": "Criminal record"}
ORANGE: Final = "#D55E00"


@dataclass(frozen=True, slots=True)
class Course:
    """A line of the figure over time: a table of the findings, and which rows of it."""

    title: str
    table: str
    measure: str
    group: str = ""
    level: str = ""


COURSES: Final = (
    Course("Trust in police, all residents (0 to 1)", "attitudes", "trust"),
    Course(
        "Fear of enforcement, undocumented residents (0 to 1)", "attitudes", "fear", "status", "undocumented"
    ),
    Course("Share of crimes that victims report, all residents", "course", "reporting_rate"),
    Course(f"Transfers to ICE {PER}", "course", "transfers"),
)


def links_of(findings: Findings, world: str) -> dict[Link, float]:
    """Return the flow of a world: means over replications, per 100,000 residents and year."""
    rows = findings.flows[findings.flows["scenario"] == world]
    means = rows.groupby(["from", "to"], sort=False, as_index=False)["value"].mean()
    columns = (means[name].tolist() for name in ("from", "to", "value"))
    return {(start, end): float(x) for start, end, x in zip(*columns, strict=True)}


def world_flow_figure(findings: Findings, lever: str) -> Figure:
    """Return the flow in the base and with a lever, side by side."""
    titles = {"base": "Base", lever: label_of(findings, lever)}
    links = [(title, links_of(findings, world)) for world, title in titles.items()]
    return flow_figure(links, [flow_halves(findings, world) for world in titles])


def flow_halves(findings: Findings, world: str) -> dict[str, float]:
    """Return half of the 95 % interval of what flows through each place of a world."""
    return halves_of(findings.flows[findings.flows["scenario"] == world])


def label_of(findings: Findings, lever: str) -> str:
    """Return what a lever is called in headings: its title, with parameters where they were given."""
    levers = findings.world(lever).levers
    if len(levers) > 1:
        return "All levers together"
    asked = lever.partition("=")[2]
    return levers[0].title + (f" ({asked})" if asked else "")


# ── over time ────────────────────────────────────────────────────────────────────────────────────────────
def course_figure(findings: Findings, lever: str) -> Figure:
    """Return trust, fear, reports and transfers over time with and without a lever.

    A line is the mean over replications, and the band around it its 95 % interval (none for one
    replication).
    """
    with mpl.rc_context(STYLE):
        figure = new_figure(4.6)
        axes = figure.subplots(2, 2, sharex=True, squeeze=False)
        for panel, course in zip(axes.flat, COURSES, strict=True):
            for world, style in (("base", {"color": GREY, "linestyle": "--"}), (lever, {"color": BLUE})):
                _line(panel, course_of(findings, course, world), style, share=course.measure != "transfers")
            panel.set_title(course.title, loc="left")
            panel.yaxis.set_major_locator(MaxNLocator(5))
            panel.set_ylim(bottom=0) if course.measure == "transfers" else None
        for panel in axes[1]:
            panel.set_xlabel("Days")
        key = [
            Line2D([], [], color=GREY, linestyle="--", label="Base"),
            Line2D([], [], color=BLUE, label=wrapped(label_of(findings, lever), 70)),
        ]
        figure.set_layout_engine("constrained", rect=(0.005, 0.07, 0.99, 0.92))
        figure.legend(handles=key, loc="lower left", ncols=2, frameon=False, fontsize=8.5).set_in_layout(
            False
        )
        settle(figure)
    return figure


def course_of(findings: Findings, course: Course, world: str) -> pd.DataFrame:
    """Return day, mean, low and high of a line."""
    attitudes = course.table == "attitudes"
    table = findings.attitudes if attitudes else findings.course
    name, value = ("measure", "mean") if attitudes else ("outcome", "value")
    rows = table[
        (table["scenario"] == world)
        & (table[name] == course.measure)
        & (table["group"] == course.group)
        & (table["level"] == course.level)
    ]
    numbers = rows[["day", value]].astype(float)  # a table without rows has no types
    found = numbers.groupby("day")[value].agg(["mean", "std", "count"]).reset_index()
    half = [
        half_width(s, int(n)) if n > 1 else np.nan for s, n in zip(found["std"], found["count"], strict=True)
    ]
    return pd.DataFrame(
        {
            "day": found["day"],
            "mean": found["mean"],
            "low": found["mean"] - half,
            "high": found["mean"] + half,
        }
    )


def _line(panel: Axes, line: pd.DataFrame, style: Mapping[str, Any], *, share: bool) -> None:
    """Draw a line with its band, which ends where the values can: at 0, and for a share at 1."""
    if line.empty:
        words = "nobody was asked within these days"
        panel.text(0.5, 0.5, words, transform=panel.transAxes, ha="center", color=GREY)
        panel.set_yticks([])
        return
    marker = "o" if len(line) == 1 else ""
    panel.plot(line["day"], line["mean"], linewidth=1.6, marker=marker, **style)
    low, high = line["low"].clip(lower=0.0), line["high"]
    if share:
        high = high.clip(upper=1.0)
    panel.fill_between(line["day"], low, high, color=style["color"], alpha=0.2, linewidth=0)


# ── who bears it ─────────────────────────────────────────────────────────────────────────────────────────
def who_figure(findings: Findings, lever: str) -> Figure:
    """Return the effect of a lever on transfers by status, perceived group and record, with intervals."""
    with mpl.rc_context(STYLE):
        parts = {group: effects_by(findings, lever, WHO[0], group) for group in BY}
        figure = new_figure(0.75 + 0.26 * max(len(x) for x in parts.values()))
        axes = figure.subplots(1, len(BY), sharex=True, squeeze=False)[0]
        for panel, (group, effects) in zip(axes, parts.items(), strict=True):
            _who(panel, effects)
            panel.set_title(f"{BY_NAME[WHO[0]].label.split(' from ')[0]}, by {BY[group].lower()}", loc="left")
        axes[0].set_xlim(*(limits_of([e for effects in parts.values() for e in effects]) or (-1.0, 1.0)))
        figure.set_layout_engine("constrained", rect=(0.005, 0.0, 0.985, 1.0), w_pad=0.14)
        settle(figure)
    return figure


def effects_by(findings: Findings, lever: str, outcome: str, group: str) -> list[Effect]:
    """Return the effects on an outcome at the levels of a breakdown that have any."""
    found = [findings.effect(lever, outcome, group, level) for level in findings.levels(group)]
    return [e for e in found if e.replications and (e.base or e.value)]


def _who(panel: Axes, effects: Sequence[Effect]) -> None:
    panel.axvline(0, color="black", linewidth=0.8, zorder=1)
    for k, effect in enumerate(effects):
        effect_point(panel, k, effect)
        text = f"{number(effect.base)} {signed(effect.difference)}".replace("-", "−")
        beside: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "va": "center", "fontsize": 7.5}
        panel.text(1.02, k, text, color=ink_of(effect), fontweight=weight_of(effect), **beside)
    panel.set_yticks(range(len(effects)), [wrapped(e.level.replace("_", " "), 18) for e in effects])
    panel.set_ylim(max(len(effects), 1) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.xaxis.set_major_locator(MaxNLocator(4))
