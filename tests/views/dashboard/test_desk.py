"""The work of one session: one study at a time, cancelled or superseded, told what is wrong."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sim.scenario.loader import load
from sim.studies.compare import compare
from sim.studies.follow import follow
from sim.studies.run import warm_up
from sim.views.dashboard import desk as module
from sim.views.dashboard.choices import Catalogue, Choice
from sim.views.dashboard.desk import PEOPLE, Desk, Screen
from sim.views.results import comparison_data

SMALL = (("residents", "1000"), ("days", "40"), ("replications", "2"), ("seed", "1"), ("warm_up", "0"))
LONG = (("residents", "20000"), ("days", "3650"), ("replications", "40"), ("seed", "1"), ("warm_up", "0"))
CITE = Choice(levers=(("cite_and_release", (("share", "0.9"),)),), sizes=SMALL)


class Page:
    """Somebody who looks at a desk."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.happened = threading.Condition()
        self.seen: list[Screen] = []
        self.desk = Desk(catalogue, self.changed)

    def changed(self) -> None:
        with self.happened:
            self.seen.append(self.desk.screen)
            self.happened.notify_all()

    def settled(self, seconds: float = 120) -> Screen:
        with self.happened:
            assert self.happened.wait_for(lambda: not self.desk.screen.busy, timeout=seconds)
        return self.desk.screen


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    warm_up()  # or the first to wait would wait for the compiler too
    return Catalogue.around("base")


@pytest.fixture
def page(catalogue: Catalogue) -> Iterator[Page]:
    found = Page(catalogue)
    yield found
    found.desk.close()


def test_a_choice_gives_what_sim_compare_gives_for_its_file(page: Page, tmp_path: Path) -> None:
    page.desk.ask(CITE)
    screen = page.settled()
    assert (screen.problems, screen.failure) == ((), "")
    assert screen.shown is not None
    file = tmp_path / "dashboard.yaml"
    file.write_text(screen.shown.text, encoding="utf-8")
    assert screen.shown.command == "sim compare dashboard.yaml --lever cite_and_release=0.9"
    again = compare(file, ["cite_and_release=0.9"])
    assert repr(comparison_data(again)) == repr(comparison_data(screen.shown.comparison))
    assert repr(again.effects) == repr(screen.shown.comparison.effects)


def test_several_levers_make_one_world(page: Page) -> None:
    page.desk.ask(Choice(levers=(*CITE.levers, ("null", ())), sizes=SMALL))
    shown = page.settled().shown
    assert shown is not None
    assert shown.name == "combined"
    assert shown.comparison.names == ("base", "combined")
    title = comparison_data(shown.comparison)["levers"][0]["title"]
    assert title == "combined: cite_and_release=0.9 + null"
    assert [lever.name for lever in shown.comparison.worlds[1].levers] == ["cite_and_release", "null"]


def test_every_scenario_of_the_list_can_be_chosen_and_taken_away(page: Page, tmp_path: Path) -> None:
    for name in page.desk.catalogue.scenarios:
        page.desk.ask(Choice(scenario=name, levers=(("null", ()),), sizes=SMALL))
        screen = page.settled()
        assert (name, screen.problems, screen.failure) == (name, (), "")
        assert screen.shown is not None
        file = tmp_path / "dashboard.yaml"
        file.write_text(screen.shown.text, encoding="utf-8")
        assert load(file).digest == screen.shown.comparison.worlds[0].digest


def test_wrong_input_is_told_and_what_was_shown_stays(page: Page) -> None:
    page.desk.ask(CITE)
    before = page.settled().shown
    page.desk.ask(Choice(county="Nowhere County, AZ", sizes=SMALL))
    screen = page.settled()
    assert len(screen.problems) == 1
    assert screen.shown is before
    levers = (("notification_only", ()), ("honour_all_detainers", ()))
    page.desk.ask(Choice(levers=levers, sizes=SMALL))
    screen = page.settled()
    assert "contradict" in screen.problems[0]["what"]
    page.desk.ask(CITE)
    assert page.settled().problems == ()


def test_an_unexpected_error_is_told_and_the_desk_goes_on(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(module, "compare_sides", fails)
        page.desk.ask(CITE)
        assert page.settled().failure == "Unexpected RuntimeError: a fault"
    page.desk.ask(CITE)
    assert page.settled().failure == ""
    assert page.desk.screen.shown is not None


def test_long_work_shows_progress_and_can_be_cancelled(page: Page) -> None:
    page.desk.ask(CITE)
    before = page.settled().shown
    page.desk.ask(Choice(levers=CITE.levers, sizes=LONG))
    with page.happened:
        assert page.happened.wait_for(lambda: page.desk.screen.done > 0, timeout=120)
    assert page.desk.screen.total == 80
    assert any((s.done, s.total) == (0, 80) for s in page.seen)  # told before the first has ended
    start = time.monotonic()
    page.desk.cancel()
    screen = page.settled(5)
    assert time.monotonic() - start < 5
    assert screen.shown is before
    assert screen.failure.startswith("Cancelled")
    page.desk.ask(CITE)
    assert page.settled().failure == ""
    assert page.desk.screen.shown is not before


def test_a_new_choice_takes_the_place_of_the_one_under_way(page: Page) -> None:
    page.desk.ask(Choice(levers=CITE.levers, sizes=LONG))
    page.desk.ask(CITE)
    shown = page.settled().shown
    assert shown is not None
    assert shown.comparison.settings.residents == 1000
    time.sleep(0.5)
    assert page.desk.screen.shown is shown
    assert [s.shown for s in page.seen if s.shown not in (None, shown)] == []


def test_two_desks_at_once_do_not_disturb_each_other(catalogue: Catalogue) -> None:
    pages = [Page(catalogue), Page(catalogue)]
    choices = [CITE, Choice(levers=(("null", ()),), sizes=SMALL)]
    for one, choice in zip(pages, choices, strict=True):
        one.desk.ask(choice)
    shown = [one.settled().shown for one in pages]
    for one, choice, found in zip(pages, choices, shown, strict=True):
        assert found is not None
        assert found.choice == choice
        alone = compare("base", choice.uses(catalogue), residents=1000, days=40, replications=2, seed=1)
        assert [repr(e) for e in alone.effects] == [repr(e) for e in found.comparison.effects]
        one.desk.close()


def test_people_are_found_and_followed_in_the_worlds_that_are_shown(page: Page) -> None:
    sizes = (("residents", "4000"), ("days", "120"), *SMALL[2:])
    page.desk.ask(replace(CITE, sizes=sizes))
    page.settled()
    page.desk.find("bookings", "base")
    screen = page.settled()
    assert screen.failure == ""
    assert screen.problems == ()
    assert screen.found is not None
    person = screen.found.only_in("base")[0]
    page.desk.follow(str(person["resident"]), str(person["replication"]))
    lives = page.settled().lives
    assert lives is not None
    assert lives.parted is not None
    plain = follow(
        "base",
        ["cite_and_release=0.9"],
        int(person["resident"]),
        replication=int(person["replication"]),
        residents=4000,
        days=120,
        replications=2,
        seed=1,
    )
    assert lives.moments == plain.moments


def test_the_report_of_what_is_shown_is_written_and_is_gone_with_it(page: Page) -> None:
    page.desk.ask(CITE)
    shown = page.settled().shown
    page.desk.write_report()
    screen = page.settled()
    assert (screen.failure, screen.problems) == ("", ())
    assert screen.report.lstrip().lower().startswith("<!doctype html>")
    assert "Cite and release" in screen.report
    assert screen.shown is shown
    page.desk.ask(Choice(levers=(("null", ()),), sizes=SMALL))
    assert page.settled().report == ""


def test_who_is_followed_is_followed_on_as_levers_move_and_not_among_other_people(page: Page) -> None:
    page.desk.ask(CITE)
    page.settled()
    page.desk.follow("7", "1")
    page.settled()
    page.desk.ask(Choice(levers=(("null", ()),), sizes=SMALL))
    lives = page.settled().lives
    assert lives is not None
    assert (lives.resident, lives.replication, lives.levers) == (7, 1, ("null",))
    assert lives.parted is None
    page.desk.ask(Choice(levers=(("null", ()),), sizes=(("seed", "2"), *SMALL[:3], SMALL[4])))
    assert page.settled().lives is None


@pytest.mark.parametrize("who", [("1000", "0"), ("x", "0"), ("0", "2"), ("0", "")])
def test_a_resident_whom_there_is_not_is_told(page: Page, who: tuple[str, str]) -> None:
    page.desk.ask(CITE)
    page.settled()
    page.desk.follow(*who)
    screen = page.settled()
    assert len(screen.problems) == 1
    assert screen.part == PEOPLE  # it is told there, and not above
    assert screen.lives is None
    page.desk.ask(Choice(county="Nowhere County, AZ", sizes=SMALL))
    assert page.settled().part == ""


def test_a_closed_desk_leaves_nothing_behind(catalogue: Catalogue) -> None:
    one = Page(catalogue)
    folder = one.desk._folder
    one.desk.ask(Choice(levers=CITE.levers, sizes=LONG))
    one.desk.close()
    seen = len(one.seen)
    for thread in threading.enumerate():
        if "_run" in thread.name:
            thread.join(60)
    assert not folder.exists()
    assert len(one.seen) == seen
