"""What a comparison shows: at a glance, all main outcomes, the pathway, who bears it, trust and reporting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.community.records import MEASURES
from sim.outcomes.attitudes import attitude_means
from sim.outcomes.course import CRIMES, REPORTS, period_ends
from sim.outcomes.course import MEASURES as COUNTED
from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.studies.compare import Comparison, Effect, half_width
from sim.studies.simulate import WorldResult
from sim.views.dashboard.markup import (
    CLASSES,
    NOTHING,
    difference_words,
    effect_rows_html,
    tag,
    value_words,
    verdict_words,
)
from sim.views.figures import minus
from sim.views.results import FUNNEL, PER, about, main_effects, title_of
from sim.views.tables import Column, Table, interval, percent

GLANCE: Final = ("transfers", "ice_arrests", "reporting_rate", "trust")
REPORTING: Final = (
    "reporting_rate",
    "violent_reporting",
    "property_reporting",
    "domestic_reporting",
    "witness_reporting",
    "victimization",
    "unreported_crime",
)
BEARING: Final = ("transfers", "reporting_rate")
BY: Final = {"status": "status", "group": "perceived group", "record": "criminal record"}
ATTITUDES: Final = {"trust": "Trust in police", "fear": "Fear of enforcement", "belief": "Belief in sharing"}
_WIDE, _HIGH = 320.0, 170.0
_LEFT, _RIGHT, _TOP, _FOOT = 38.0, 8.0, 8.0, 24.0


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────
def glance_html(comparison: Comparison, name: str) -> str:
    """Return the few outcomes that stand on top of the page, each with what can be said of it."""
    cards = []
    for outcome in GLANCE:
        effect = comparison.effect(name, outcome)
        values = f"{escape(value_words(effect.base))} → <strong>{escape(value_words(effect.value))}</strong>"
        lines = (
            tag("span", escape(BY_NAME[outcome].title), class_="label"),
            tag("span", values, class_="values"),
            tag("span", escape(difference_words(effect)), class_="difference"),
            tag("span", escape(verdict_words(effect)), class_="verdict"),
        )
        css = f"card {CLASSES.get(effect.verdict, 'quiet')}"
        cards.append(tag("li", "".join(lines), class_=css, data_glance=outcome))
    return tag("ul", "".join(cards), class_="cards")


def effects_html(comparison: Comparison, name: str) -> str:
    """Return the main outcomes of a world beside the base."""
    caption = f"{title_of(comparison, name)}. {about(comparison.worlds[0], comparison.settings)}."
    rows = [(BY_NAME[e.outcome].title, e) for e in main_effects(comparison, name)]
    shown = effect_rows_html(rows, caption)
    why = comparison.why_nothing(name)
    notes = tag("p", escape(f"{why}."), class_="note") if why else ""
    return shown + notes


def bearing_html(comparison: Comparison, name: str, by: str) -> str:
    """Return effects by a breakdown: whom a lever concerns."""
    shown = []
    for outcome in BEARING:
        effects = [e for e in comparison.effects if (e.lever, e.outcome, e.group) == (name, outcome, by)]
        rows = [(e.level.replace("_", " "), e) for e in effects if e.replications]
        shown.append(effect_rows_html(rows, f"{BY_NAME[outcome].title}, by {BY[by]}"))
    return "".join(shown)


def reporting_html(comparison: Comparison, name: str) -> str:
    """Return what becomes of reporting, by kind of crime."""
    rows = [(BY_NAME[outcome].title, comparison.effect(name, outcome)) for outcome in REPORTING]
    return effect_rows_html(rows, "Crimes and who reports them")


def base_table(comparison: Comparison) -> Table:
    """Return the main outcomes of the base alone: what there is to see before any lever is on."""
    rows = []
    for outcome in OUTCOMES:
        if outcome.main is True:
            mean, half = _mean(comparison, 0, outcome.name)
            ends = NOTHING if math.isnan(half) else interval(mean - half, mean + half)
            rows.append((outcome.title, value_words(mean), minus(ends)))
    columns = (Column("Outcome", left=True, wraps=True), Column("mean"), Column("95 % interval"))
    return Table(
        about(comparison.worlds[0], comparison.settings), columns, tuple(rows), (f"Rates are {PER}.",)
    )


def _mean(comparison: Comparison, world: int, outcome: str) -> tuple[float, float]:
    """Return an outcome's mean in a world and half of its 95 % interval; NaN where it cannot be told."""
    k = list(BY_NAME).index(outcome)
    values = np.array([r.outcomes[k, 0] for r in comparison.results[world]])
    values = values[np.isfinite(values)]
    mean = float(values.mean()) if len(values) else math.nan
    return mean, half_width(float(values.std(ddof=1)), len(values)) if len(values) > 1 else math.nan


# ── the pathway ──────────────────────────────────────────────────────────────────────────────────────────
def funnel_html(comparison: Comparison, name: str) -> str:
    """Return the pathway from stop to removal: a line a stage, both worlds on a logarithmic axis.

    A point is a mean, the line through it the 95 % interval of that mean, each world by itself; the
    difference beside it is that between twins.
    """
    at = comparison.names.index(name)
    means = {stage: [_mean(comparison, world, stage) for world in (0, at)] for stage in FUNNEL}
    positive = [x for pair in means.values() for mean, half in pair for x in (mean, mean + half) if x > 0]
    positive = positive or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    decades = (low, max(high, low + 1))
    head = "".join(
        tag("th", inside, scope="col", role="columnheader", class_=css)
        for inside, css in (
            ("Stage", "text"),
            (_decades(decades), "picture"),
            ("base", "number"),
            ("with levers", "number"),
            ("difference, 95 % interval", "number"),
        )
    )
    rows = "".join(
        _stage(label, comparison.effect(name, stage), means[stage], decades)
        for stage, label in FUNNEL.items()
    )
    caption = (
        f"From stop to removal, {PER}; people arrested at large join at detention. Each line of the grid is "
        "ten times the one to its left; an arrow at the left end stands for 0."
    )
    inside = tag("caption", escape(caption))
    inside += tag("thead", tag("tr", head, role="row"), role="rowgroup")
    inside += tag("tbody", rows, role="rowgroup")
    key = (
        '<p class="key"><span class="swatch hollow"></span> base '
        '<span class="swatch filled"></span> with levers. Points are means and lines their 95 % intervals, '
        "each world by itself. Twins share their luck, so what differs between them is known better: see the "
        "difference, not whether lines overlap.</p>"
    )
    return key + tag("table", inside, class_="funnel", role="table")


def _decades(decades: tuple[int, int]) -> str:
    ends = "".join(tag("span", f"{10.0**x:,.10g}") for x in decades)
    return tag("span", "logarithmic axis", class_="unseen") + tag("span", ends, class_="axis")


def _stage(
    label: str,
    effect: Effect,
    means: Sequence[tuple[float, float]],
    decades: tuple[int, int],
) -> str:
    difference = difference_words(effect)
    if effect.verdict == "change" and effect.base:
        difference += f", {minus(percent(effect.relative))}"
    cells = (
        ("", _stage_picture(means, decades), "picture"),
        ("base", escape(value_words(effect.base)), "number"),
        ("with levers", escape(value_words(effect.value)), "number"),
        ("difference", escape(difference), "number"),
    )
    inside = tag("th", escape(label), scope="row", role="rowheader", class_="text") + "".join(
        tag("td", shown, role="cell", class_=css, data_label=title) for title, shown, css in cells
    )
    return tag("tr", inside, role="row", class_=CLASSES.get(effect.verdict, "quiet"))


def _stage_picture(means: Sequence[tuple[float, float]], decades: tuple[int, int]) -> str:
    """Return both means with their intervals; places across are in percent, and no width distorts them."""
    low, high = decades

    def across(value: float) -> float:
        share = 0.0 if value <= 0 else (math.log10(value) - low) / (high - low)
        return 100 * max(0.0, min(1.0, share))

    parts = [
        f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="28" class="grid"/>'
        for x in (100 * k / (high - low) for k in range(high - low + 1))
    ]
    for (mean, half), y, css in zip(means, (8, 20), ("hollow", "filled"), strict=True):
        if mean > 0 and half > 0:
            ends = (across(mean - half), across(mean + half))
            parts.append(
                f'<line x1="{ends[0]:.2f}%" x2="{ends[1]:.2f}%" y1="{y}" y2="{y}" class="span {css}"/>'
            )
        if mean > 0:
            parts.append(f'<circle cx="{across(mean):.2f}%" cy="{y}" r="4" class="dot {css}"/>')
        elif mean == 0:
            parts.append(f'<path d="M1 {y} L9 {y - 4} L9 {y + 4} Z" class="dot {css}"/>')
    return f'<svg aria-hidden="true" focusable="false">{"".join(parts)}</svg>'


# ── over time ────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class _Course:
    """Something between 0 and 1 over time in both worlds: `(replications, days)` values, NaN for none."""

    title: str
    days: NDArray[np.float64]
    base: NDArray[np.float64]
    lever: NDArray[np.float64]


def attitudes_html(comparison: Comparison, name: str) -> str:
    """Return trust, fear and belief over time in both worlds, with 95 % intervals, and as a table."""
    days, base = _attitudes(comparison.results[0])
    _, lever = _attitudes(comparison.results[comparison.names.index(name)])
    if not len(days):
        return tag(
            "p", "The first survey is on day 29: run longer to see attitudes over time.", class_="note"
        )
    return _courses_html(
        [_Course(ATTITUDES[m], days, base[:, :, k], lever[:, :, k]) for k, m in enumerate(MEASURES)],
        "Attitudes over time",
        "0 to 1, on axes that begin where the data do",
    )


def reports_html(comparison: Comparison, name: str) -> str:
    """Return the share of crimes that victims report, period by period, in both worlds."""
    ends = np.array(period_ends(comparison.settings.days))
    base, lever = (_reported(comparison.results[k], len(ends)) for k in (0, comparison.names.index(name)))
    if not np.isfinite(base).any(axis=0).all() or not np.isfinite(lever).any(axis=0).all():
        return tag("p", "Too few crimes to see reports over time: take more residents.", class_="note")
    every = f"each point stands for the {ends[0]:g} days before it"
    return _courses_html(
        [_Course("Share of crimes that victims report", ends, base, lever)], "Reports over time", every
    )


def _courses_html(courses: Sequence[_Course], title: str, axes: str) -> str:
    drawn = "".join(tag("figure", tag("figcaption", escape(c.title)) + _lines(c)) for c in courses)
    key = (
        '<p class="key"><span class="line dashed"></span> base '
        '<span class="line solid"></span> with levers; bands are 95 % intervals of the mean; '
        f"{escape(axes)}</p>"
    )
    return key + tag("div", drawn, class_="lines") + _course_table(courses, title)


def _attitudes(results: Sequence[WorldResult]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days of the surveys and what they found, `(replications, surveys, measures)`."""
    found = [attitude_means(r.surveys) for r in results if r.surveys is not None]
    if not found:
        return np.empty(0), np.empty((0, 0, len(MEASURES)))
    return found[0][0], np.stack([means for _, means in found])


def _reported(results: Sequence[WorldResult], periods: int) -> NDArray[np.float64]:
    """Return the share of crimes reported, `(replications, periods)`; NaN where there was no crime."""
    counts = [r.course[:, :, 0].astype(float) for r in results if r.course is not None]
    found = np.stack(counts) if counts else np.zeros((0, periods, len(COUNTED)))
    crimes = found[:, :, CRIMES]
    shares = np.full(crimes.shape, np.nan)
    np.divide(found[:, :, REPORTS], crimes, out=shares, where=crimes > 0)
    return shares


@dataclass(frozen=True, slots=True)
class _Band:
    """The mean over replications for each day, and what is drawn of its interval: what lies in 0 to 1."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def _band(values: NDArray[np.float64]) -> _Band:
    known = [day[np.isfinite(day)] for day in values.T]
    mean = np.array([day.mean() for day in known])
    half = [half_width(float(day.std(ddof=1)), len(day)) if len(day) > 1 else 0.0 for day in known]
    return _Band(mean, np.clip(mean - half, 0.0, 1.0), np.clip(mean + half, 0.0, 1.0))


def _lines(course: _Course) -> str:
    days = course.days
    base, lever = _band(course.base), _band(course.lever)
    low = float(min(base.low.min(), lever.low.min()))
    high = float(max(base.high.max(), lever.high.max()))
    step = tick_step(high - low)
    low, high = step * math.floor(low / step), step * math.ceil(high / step - 1e-9)
    low = min(low, 1.0 - step)
    high = max(high, low + step)
    last = max(float(days[-1]), 1.0)

    def x(day: float) -> float:
        return _LEFT + (_WIDE - _LEFT - _RIGHT) * day / last

    def y(value: float) -> float:
        return _TOP + (_HIGH - _TOP - _FOOT) * (high - value) / max(high - low, 1e-12)

    parts = []
    for k in range(round((high - low) / step) + 1):
        at = low + k * step
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}" class="grid"/>'
        )
        parts.append(f'<text x="{_LEFT - 4}" y="{y(at) + 4:.1f}" class="left">{at:.6g}</text>')
    for day in (0.0, last):
        css = "end" if day else "begin"
        parts.append(f'<text x="{x(day):.1f}" y="{_HIGH - 6}" class="{css}">day {day:g}</text>')
    for band, css in ((base, "base"), (lever, "lever")):
        above, below, line = (
            [f"{x(d):.1f},{y(v):.1f}" for d, v in zip(days, values, strict=True)]
            for values in (band.high, band.low, band.mean)
        )
        parts.append(f'<polygon points="{" ".join([*above, *reversed(below)])}" class="band {css}"/>')
        parts.append(f'<polyline points="{" ".join(line)}" class="line {css}"/>')
        if len(days) == 1:  # a line of one point is not seen
            parts.append(
                f'<circle cx="{x(days[0]):.1f}" cy="{y(band.mean[0]):.1f}" r="4" class="line {css}"/>'
            )
    words = (
        f"Base from {base.mean[0]:.3f} to {base.mean[-1]:.3f}, "
        f"with levers from {lever.mean[0]:.3f} to {lever.mean[-1]:.3f}; "
        "the table below has all numbers."
    )
    view = f"0 0 {_WIDE:g} {_HIGH:g}"
    return f'<svg viewBox="{view}" role="img" aria-label="{escape(words)}">{"".join(parts)}</svg>'


def tick_step(span: float) -> float:
    """Return a round step that divides a span into two to five parts."""
    if not span > 0:
        return 0.01
    power = 10.0 ** math.floor(math.log10(span))
    return next(power * k for k in (0.2, 0.5, 1.0, 2.0) if span / (power * k) <= 5)


def _course_table(courses: Sequence[_Course], title: str) -> str:
    heads = [
        "day",
        *(
            f"{c.title}: {w}"
            for c in courses
            for w in ("base", "with levers", "difference, ± half of its 95 % interval")
        ),
    ]
    means = [(_band(c.base).mean, _band(c.lever).mean, _differences(c)) for c in courses]
    rows = []
    for k, day in enumerate(courses[0].days):
        cells = [f"{day:g}"]
        for base, lever, differences in means:
            cells += [f"{base[k]:.4f}", f"{lever[k]:.4f}", differences[k]]
        rows.append(tag("tr", "".join(tag("td", escape(c), class_="number") for c in cells)))
    head = tag("tr", "".join(tag("th", escape(h), scope="col", class_="number") for h in heads))
    table = tag("table", tag("thead", head) + tag("tbody", "".join(rows)))
    inside = tag("div", table, class_="scrolls", tabindex="0", role="region", aria_label=title)
    return tag("details", tag("summary", "The same as a table") + inside)


def _differences(course: _Course) -> list[str]:
    """Return the mean difference between twins for each day, with half of its interval where there is one."""
    found = []
    for day in (course.lever - course.base).T:
        known = day[np.isfinite(day)]
        text = f"{known.mean():+.4f}" if len(known) else NOTHING
        if len(known) > 1:
            text += f" ± {half_width(float(known.std(ddof=1)), len(known)):.4f}"
        found.append(minus(text))
    return found
