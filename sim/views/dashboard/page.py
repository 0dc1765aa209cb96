"""The page: controls at the side, and what the levers change beside them.

Each browser session has a `Desk` of its own, so that sessions do not disturb each other: nothing in this
module changes.
"""

from __future__ import annotations

import base64
import io
import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import solara
from solara.alias import rv

from sim.outcomes.definitions import BY_NAME
from sim.studies.compare import Comparison
from sim.studies.explain import EXPLAINABLE, Divergence
from sim.views.console import json_text
from sim.views.dashboard.charts import (
    BY,
    attitudes_html,
    base_table,
    bearing_html,
    effects_html,
    funnel_html,
    glance_html,
    reporting_html,
    reports_html,
)
from sim.views.dashboard.choices import FILE, SCENARIO, STEM, Catalogue, Choice
from sim.views.dashboard.desk import PEOPLE, Desk, Screen, Shown
from sim.views.dashboard.markup import table_html, tag
from sim.views.dashboard.neighbourhoods import MEASURES, VIEWS, map_html
from sim.views.divergence import found_people, who_words
from sim.views.figures import effects_figure, funnel_figure, saver
from sim.views.lives import life_tables
from sim.views.results import comparison_data

TITLE: Final = "Enforcement Pathways"
LISTED: Final = 12
REPORT: Final = "Report"


# ── parts whose look and behaviour are written for the browser ───────────────────────────────────────────
@solara.component_vue("controls.vue", vuetify=False)
def Controls(catalogue: dict[str, Any], event_choose: Callable[[dict[str, Any]], None]) -> None:
    """Show the form: place, levers, sizes."""


@solara.component_vue("status.vue", vuetify=False)
def Status(
    busy: str,
    done: int,
    total: int,
    asked: int,
    ready: str,
    problems: list[dict[str, str]],
    failure: str,
    event_cancel: Callable[[Any], None],
) -> None:
    """Show what is under way, what is wrong, and when all is there."""


@solara.component_vue("pick.vue", vuetify=False)
def Pick(
    name: str, label: str, value: str, items: list[dict[str, str]], event_pick: Callable[[str], None]
) -> None:
    """Show a choice of one among several."""


@solara.component_vue("people.vue", vuetify=False)
def PeopleForm(
    outcomes: list[dict[str, str]],
    people: list[dict[str, Any]],
    told: str,
    busy: bool,
    problems: list[dict[str, str]],
    failure: str,
    event_find: Callable[[dict[str, str]], None],
    event_follow: Callable[[dict[str, str]], None],
) -> None:
    """Show by what a resident is found and followed."""


@solara.component_vue("take.vue", vuetify=False)
def Take(items: list[dict[str, str]], file: dict[str, Any], event_take: Callable[[str], None]) -> None:
    """Show buttons for files, and hand over the one that is sent."""


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────
@solara.component
def Layout(children: Sequence[Any] = ()) -> None:
    """Show the page alone, without the framework's bars."""
    solara.Style(Path(__file__).with_name("page.css"))
    rv.Html(tag="div", class_="ep", children=list(children))


@solara.component
def Page() -> None:
    """Show the dashboard of one session."""
    catalogue: Catalogue = solara.use_memo(lambda: Catalogue.around(os.environ.get(SCENARIO, "base")), [])
    tick = solara.use_reactive(0)
    desk: Desk = solara.use_memo(lambda: _desk(catalogue, tick), [])
    controls = solara.use_memo(catalogue.data, [])
    _ = tick.value  # the page is drawn anew when the desk's screen has changed
    screen = desk.screen

    def begin() -> Callable[[], None]:
        desk.ask(Choice(scenario=catalogue.start))
        return desk.close

    solara.use_effect(begin, [])
    solara.Title(f"{TITLE}: dashboard")
    solara.HTML(tag="header", unsafe_innerHTML=HEAD)
    with rv.Html(tag="div", class_="ep-columns"):
        with rv.Html(tag="aside", class_="ep-side", attributes={"aria-label": "Controls"}):
            Controls(catalogue=controls, event_choose=lambda data: desk.ask(Choice.of(data)))
        with rv.Html(tag="main", class_="ep-main", attributes={"id": "ep-results", "tabindex": "-1"}):
            Status(
                busy=screen.busy,
                done=screen.done,
                total=screen.total,
                asked=screen.choice.number,
                ready=ready_words(screen),
                problems=[] if screen.part else list(screen.problems),
                failure="" if screen.part else screen.failure,
                event_cancel=lambda _: desk.cancel(),
            )
            if screen.shown is not None:
                Results(screen.shown)
                if screen.shown.name:
                    People(desk, screen)
                Downloads(desk, screen.shown, screen.report)


HEAD: Final = (
    '<a class="ep-skip" href="#ep-results">Skip to the results</a>'
    "<h1>What a policy lever changes</h1>"
    "<p>Choose a place, switch levers on, and see the same synthetic people, with the same luck, in the "
    "world with the levers and in the one without. Nobody here is a real person, "
    "and nothing predicts one.</p>"
)


def _desk(catalogue: Catalogue, tick: Any) -> Desk:
    count = itertools.count(1)
    return Desk(catalogue, lambda: tick.set(next(count)))


def ready_words(screen: Screen) -> str:
    """Return what the status line says when nothing is under way."""
    if not screen.part and (screen.problems or screen.failure):
        return "Not run."
    if screen.shown is None:
        return "Nothing has been run yet."
    return f"Up to date. The last comparison took {screen.shown.seconds:.1f} s."


def _section(title: str, *parts: str) -> None:
    solara.HTML(tag="section", unsafe_innerHTML=tag("h2", title) + "".join(parts))


@solara.component
def Results(shown: Shown) -> None:
    """Show what a comparison found."""
    done, name = shown.comparison, shown.name
    with rv.Html(tag="div"):
        if not name:
            table = table_html(base_table(done))
            _section("The base", "<p>Switch a lever on to see what it changes.</p>", table)
        else:
            _section("At a glance", glance_html(done, name))
            _section("What changes", effects_html(done, name), *_singles(done, name))
            _section("From stop to removal", funnel_html(done, name))
            _section(
                "Trust and reporting",
                attitudes_html(done, name),
                reports_html(done, name),
                reporting_html(done, name),
            )
            Bearing(shown)
            Map(shown)
        if shown.notes:
            items = "".join(tag("li", note) for note in map(escape, shown.notes))
            _section("Notes", tag("ul", items))


def _singles(done: Comparison, name: str) -> list[str]:
    """Return the effects of each lever by itself, where they were asked for."""
    return [
        tag("details", tag("summary", f"{escape(single)} by itself") + effects_html(done, single))
        for single in done.names[1:]
        if single != name
    ]


@solara.component
def Bearing(shown: Shown) -> None:
    """Show whom the levers concern."""
    by, set_by = solara.use_state("status")
    with rv.Html(tag="section"):
        solara.HTML(tag="h2", unsafe_innerHTML="Who is concerned")
        items = [{"value": key, "text": words} for key, words in BY.items()]
        Pick(name="by", label="By", value=by, items=items, event_pick=set_by)
        solara.HTML(unsafe_innerHTML=bearing_html(shown.comparison, shown.name, by))


@solara.component
def Map(shown: Shown) -> None:
    """Show the neighbourhoods."""
    outcome, set_outcome = solara.use_state("transfers_per_head")
    view, set_view = solara.use_state("difference")
    with rv.Html(tag="section"):
        solara.HTML(tag="h2", unsafe_innerHTML="Neighbourhoods")
        with rv.Html(tag="div", class_="ep-row"):
            measures = [{"value": key, "text": m.label} for key, m in MEASURES.items()]
            Pick(name="measure", label="Outcome", value=outcome, items=measures, event_pick=set_outcome)
            views = [{"value": key, "text": words} for key, words in VIEWS.items()]
            Pick(name="view", label="Colour shows", value=view, items=views, event_pick=set_view)
        solara.HTML(unsafe_innerHTML=map_html(shown.comparison, shown.name, outcome, view))


@solara.component
def People(desk: Desk, screen: Screen) -> None:
    """Find residents whose lives differ, and follow one through both worlds."""
    found, only_in, lives, mine = screen.found, screen.only_in, screen.lives, screen.part == PEOPLE
    with rv.Html(tag="section"):
        solara.HTML(tag="h2", unsafe_innerHTML="One resident in two worlds")
        people = [] if found is None else found_people(found, only_in)
        PeopleForm(
            outcomes=[{"value": name, "text": BY_NAME[name].label} for name in EXPLAINABLE],
            people=[
                {
                    "resident": p["resident"],
                    "replication": p["replication"],
                    "words": f"of replication {p['replication']}: {who_words(p)}. Timelines part on day "
                    f"{p['day']:.0f}: {p['decision_words'][:1].lower()}{p['decision_words'][1:]}.",
                }
                for p in people[:LISTED]
            ],
            told="" if found is None else found_words(found, only_in, len(people)),
            busy=bool(screen.busy),
            problems=list(screen.problems) if mine else [],
            failure=screen.failure if mine else "",
            event_find=lambda asked: desk.find(asked["outcome"], asked["world"]),
            event_follow=lambda asked: desk.follow(asked["resident"], asked["replication"]),
        )
        if lives is not None:
            told = "".join(table_html(table) for table in life_tables(lives))
            solara.HTML(unsafe_innerHTML=told, attributes={"data-lives": f"{lives.resident}"})


def found_words(found: Divergence, only_in: str, many: int) -> str:
    """Return how many people were found."""
    where = "in the base" if only_in == "base" else "with the levers"
    people = "1 synthetic person" if many == 1 else f"{many:,} synthetic people"
    rest = f"; the first {LISTED} are listed" if many > LISTED else ""
    return f"{found.outcome.label}, only {where}: {people} over all replications{rest}."


# ── to take away ─────────────────────────────────────────────────────────────────────────────────────────
@solara.component
def Downloads(desk: Desk, shown: Shown, report: str) -> None:
    """Offer the scenario file, the numbers, the figures, and the report, which takes a while to write."""
    sent, set_sent = solara.use_state({"number": 0})
    files = downloads(shown)
    with rv.Html(tag="section"):
        solara.HTML(tag="h2", unsafe_innerHTML="Take it with you")
        if shown.name:
            words = "With this command the scenario file gives every number of this page again:"
            solara.HTML(unsafe_innerHTML=tag("p", words) + tag("pre", escape(shown.command)))

        def send(file: Download) -> None:
            data = base64.b64encode(file.make()).decode("ascii")
            number = sent["number"] + 1
            set_sent({"number": number, "name": file.name, "type": file.kind, "data": data})

        def hand_over() -> None:
            if report:
                send(Download(REPORT, "report.html", "text/html", report.encode))

        def take(which: str) -> None:
            desk.write_report() if which == REPORT else send(files[which])

        solara.use_effect(hand_over, [report])  # a report is sent when it has been written
        items = [{"value": key, "text": file.label} for key, file in files.items()]
        items += [{"value": REPORT, "text": REPORT}] if shown.name else []
        Take(items=items, file=sent, event_take=take)
        told = tag("details", tag("summary", "The scenario file") + tag("pre", escape(shown.text)))
        solara.HTML(unsafe_innerHTML=told, attributes={"data-shown": f"{shown.choice.number}"})


@dataclass(frozen=True, slots=True)
class Download:
    """A file that the page offers: what its button says, its name and kind, and what makes its bytes."""

    label: str
    name: str
    kind: str
    make: Callable[[], bytes]


def downloads(shown: Shown) -> dict[str, Download]:
    """Return the files that can be taken from a finished comparison."""
    done = shown.comparison
    files = {"scenario": Download("Scenario file", FILE, "text/yaml", lambda: shown.text.encode())}
    if not shown.name:
        return files
    json_type, name = "application/json", f"{STEM}.json"
    files |= {
        "numbers": Download("All numbers (JSON)", name, json_type, lambda: _json(done)),
        "effects": Download(
            "Figure of effects", "effects.png", "image/png", lambda: _png(effects_figure(done))
        ),
        "funnel": Download(
            "Figure of the pathway", "funnel.png", "image/png", lambda: _png(funnel_figure(done))
        ),
    }
    return files


def _json(comparison: Comparison) -> bytes:
    """Return the numbers as `sim compare --json` writes them."""
    return f"{json_text(comparison_data(comparison))}\n".encode()


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    saver(figure, "png")(stream)
    return stream.getvalue()
