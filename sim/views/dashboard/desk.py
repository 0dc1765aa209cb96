"""The work of one browser session: what is asked, the one study that is under way, and what came of it.

A desk belongs to one page.  It runs one study at a time, on a thread of its own; a new choice takes the place
of the one under way, and what had been lived by then is kept.  Nothing here knows the web framework: a page
is told that the screen has changed, and looks at `Desk.screen`.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sim.errors import InputError, Mark, Problem, Problems, SimError
from sim.outcomes.files import whole_file
from sim.scenario.loader import LoadedScenario
from sim.studies.compare import PRECISION, Comparison, Results, compare_sides
from sim.studies.explain import Divergence, explain
from sim.studies.findings import findings_of
from sim.studies.follow import Lives, follow
from sim.studies.kept import KeptRuns
from sim.studies.plan import AS_IT_STANDS, Plan, Progress
from sim.studies.simulate import Settings
from sim.studies.traces import compare_traced
from sim.views.dashboard.choices import FILE, Catalogue, Choice, told
from sim.views.notes import notes_on
from sim.views.report.page import report_html

PEOPLE: Final = "people"
OFTEN: Final = 0.15  # seconds between two reports of how far a study is
_AT_FIRST: Final[dict[str, Any]] = {"part": "", "done": 0, "total": 0, "problems": (), "failure": ""}


class Cancelled(Exception):  # noqa: N818 - it says what happened, and is nobody's fault
    """The study under way is no longer wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A finished comparison, and the file that gives it again.

    Attributes
    ----------
    choice
        What was chosen.
    comparison
        The base and the worlds with levers; the last has all of them.
    text, command
        The scenario file, and the command that gives the same numbers from it.
    seconds
        How long it took.
    notes
        What is not wrong with the scenario, and yet not what one may think.
    """

    choice: Choice
    comparison: Comparison
    text: str
    command: str
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The world that is set beside the base: all levers together, or the only one; empty without."""
        return self.comparison.names[-1] if len(self.comparison.names) > 1 else ""


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """What a page shows.

    Attributes
    ----------
    choice
        What is chosen now; `shown` may still be what was chosen before.
    shown
        The last comparison that was finished.
    found, only_in
        People to whom an outcome happens in one world alone (`base` or `lever`), if they were looked for.
    lives
        The resident who is followed.
    report
        The report of `shown` as one page, if it was asked for.
    problems
        What is wrong with the choice, as `choices.told` gives it.
    failure
        What else went wrong, in a sentence.
    part
        The part of the page that asked for what is under way or went wrong: empty for the choice, `PEOPLE`.
    busy
        What is under way, in words; empty when nothing is.
    done, total
        Runs of it that have ended, and all of them; 0 before their number is known.
    """

    choice: Choice = field(default_factory=Choice)
    shown: Shown | None = None
    found: Divergence | None = None
    only_in: str = "base"
    lives: Lives | None = None
    report: str = ""
    problems: tuple[dict[str, str], ...] = ()
    failure: str = ""
    part: str = ""
    busy: str = ""
    done: int = 0
    total: int = 0


class Desk:
    """One session's work.

    Parameters
    ----------
    catalogue
        What there is to choose from.
    changed
        Called whenever `screen` is another one, from any thread.
    """

    def __init__(self, catalogue: Catalogue, changed: Callable[[], None]) -> None:
        self.catalogue = catalogue
        self.screen = Screen(Choice(scenario=catalogue.start))
        self._changed = changed
        self._kept = KeptRuns()
        self._folder = Path(tempfile.mkdtemp(prefix="sim-dashboard-"))
        self._asked = 0
        self._lock = threading.Lock()
        self._wanted: object = None
        if catalogue.sources is not None:
            shutil.copyfile(catalogue.sources, self._folder / "sources.yaml")

    def ask(self, choice: Choice) -> None:
        """Compare the base of a choice with its levers; what is under way is given up."""
        self._begin("Comparing", lambda job: self._compare(job, choice), choice=choice)

    def find(self, outcome: str, only_in: str) -> None:
        """Look for people to whom an outcome happens in one world alone: `base`, or `lever`."""
        shown = self.screen.shown
        if shown is not None and shown.name:
            self._begin(
                "Looking for people", lambda job: self._find(job, shown, outcome, only_in), part=PEOPLE
            )

    def follow(self, resident: str, replication: str) -> None:
        """Follow a resident through the base and through the world with the levers."""
        shown = self.screen.shown
        if shown is not None and shown.name:
            self._begin(
                "Following a resident",
                lambda job: self._follow(job, shown, resident, replication),
                part=PEOPLE,
                lives=None,
            )

    def write_report(self) -> None:
        """Write the report of what is shown: its worlds are lived once more, and more of them is kept."""
        shown = self.screen.shown
        if shown is not None and shown.name:
            self._begin("Writing the report", lambda job: self._write_report(job, shown), report="")

    def cancel(self) -> None:
        """Give up what is under way."""
        with self._lock:
            if not self.screen.busy:
                return
            self._wanted = None
            failure = "Cancelled: what is shown was chosen before."
            self._set(busy="", part="", done=0, total=0, failure=failure)
        self._changed()

    def close(self) -> None:
        """Give up what is under way, and leave nothing behind."""
        with self._lock:
            self._wanted = None
            self._changed = _nothing
        shutil.rmtree(self._folder, ignore_errors=True)

    # ── one study at a time ──────────────────────────────────────────────────────────────────────────────
    def _begin(self, what: str, work: Callable[[object], dict[str, Any]], **changes: Any) -> None:
        with self._lock:
            job = self._wanted = object()
            self._set(**({"busy": what, **_AT_FIRST} | changes))
        threading.Thread(target=self._run, args=(job, work), daemon=True).start()
        self._changed()

    def _run(self, job: object, work: Callable[[object], dict[str, Any]]) -> None:
        """Do the work of a thread: whatever comes of it is shown, unless something else is wanted by now."""
        try:
            result = work(job)
        except Cancelled:
            return
        except InputError as error:
            result = {"problems": tuple(told(error))}
        except SimError as error:
            result = {"failure": str(error)}
        except Exception as error:  # noqa: BLE001 - the last resort: a person is told, and the page goes on
            result = {"failure": f"Unexpected {type(error).__name__}: {error}"}
        with self._lock:
            if job is not self._wanted:
                return
            self._wanted = None
            self._set(**(result | {"busy": "", "done": 0, "total": 0}))
        self._changed()

    def _set(self, **changes: Any) -> None:
        self.screen = replace(self.screen, **changes)

    def _progress(self, job: object) -> Progress:
        """Return what reports how far a study is, and ends it when it is no longer wanted."""
        last = time.monotonic()

        def step(done: int, total: int) -> None:
            nonlocal last
            with self._lock:
                if job is not self._wanted:
                    raise Cancelled
                if time.monotonic() - last < OFTEN:
                    return
                last = time.monotonic()
                self._set(done=done, total=total)
            self._changed()

        return step

    # ── the studies ──────────────────────────────────────────────────────────────────────────────────────
    def _compare(self, job: object, choice: Choice) -> dict[str, Any]:
        start, problems = time.perf_counter(), Problems()
        choice.note_wrong(self.catalogue, problems)
        problems.raise_if_any()
        text, command = choice.text(self.catalogue), choice.command(self.catalogue)
        path, plan = self._write(text), self._plan(job, choice)
        sides = choice.sides(self.catalogue)
        done = compare_sides(path, sides, (), PRECISION, plan, problems=problems, live=self._living(job))
        days = done.settings.days + done.settings.warm_up
        notes = dict.fromkeys(note for world in done.worlds for note in notes_on(world, days))
        lives = self._followed_on(job, path, choice)
        shown = Shown(choice, done, text, command, time.perf_counter() - start, tuple(notes))
        return {"shown": shown, "found": None, "lives": lives, "report": ""}

    def _living(self, job: object) -> Callable[[Sequence[LoadedScenario], Settings, Plan], Results]:
        """Return what lives the worlds of a comparison, and says first how many runs that may take."""

        def live(worlds: Sequence[LoadedScenario], settings: Settings, plan: Plan) -> Results:
            with self._lock:
                if job is not self._wanted:
                    raise Cancelled
                self._set(total=len(worlds) * settings.replications)
            self._changed()
            return self._kept.live(worlds, settings, plan)

        return live

    def _followed_on(self, job: object, path: Path, choice: Choice) -> Lives | None:
        """Return the resident who is followed, in the worlds of a new choice that has the same people."""
        before, shown = self.screen.lives, self.screen.shown
        if before is None or shown is None or not choice.levers:
            return None
        if replace(choice, levers=(), each=False) != replace(shown.choice, levers=(), each=False):
            return None
        uses, plan = choice.uses(self.catalogue), self._plan(job, choice)
        return follow(path, uses, before.resident, replication=before.replication, plan=plan)

    def _plan(self, job: object, choice: Choice) -> Plan:
        """Return the plan of a study: the file has the sizes."""
        return AS_IT_STANDS.but(warm_up=choice.plan().warm_up, progress=self._progress(job))

    def _write(self, text: str) -> Path:
        """Write a scenario file into a folder of its own, and return its path."""
        with self._lock:
            if self._changed is _nothing:
                raise Cancelled
            self._asked += 1
            path = self._folder / f"{self._asked}" / FILE
            with whole_file(path) as file:
                file.write(text)
        return path

    def _write_report(self, job: object, shown: Shown) -> dict[str, Any]:
        path, uses = shown.comparison.worlds[0].path, shown.choice.uses(self.catalogue)
        traced = compare_traced(path, uses, combined=len(uses) > 1, plan=self._plan(job, shown.choice))
        return {"report": report_html(findings_of(traced, shlex.split(shown.command)))}

    def _find(self, job: object, shown: Shown, outcome: str, only_in: str) -> dict[str, Any]:
        path, uses = shown.comparison.worlds[0].path, shown.choice.uses(self.catalogue)
        found = explain(path, uses, outcome=outcome, plan=self._plan(job, shown.choice))
        return {"found": found, "only_in": only_in}

    def _follow(self, job: object, shown: Shown, resident: str, replication: str) -> dict[str, Any]:
        who, where = _whole("resident", resident), _whole("replication", replication)
        path, uses = shown.comparison.worlds[0].path, shown.choice.uses(self.catalogue)
        return {"lives": follow(path, uses, who, replication=where, plan=self._plan(job, shown.choice))}


def _whole(what: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        problem = Problem(Mark(), f"{what} is not a whole number", text, "a whole number, from 0")
        raise InputError([problem]) from None


def _nothing() -> None:
    """Tell nobody: the page is gone."""
