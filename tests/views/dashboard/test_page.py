"""The dashboard in a real browser: load, move a lever, compare with the command line, take the file away."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.views.tables import number

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra dev)")
for name in ("solara", "solara_assets"):
    pytest.importorskip(name, reason=f"{name} is not installed (extra dashboard)")

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next((p for n in NAMES if (p := shutil.which(n))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 90
WAIT = 1000 * SECONDS  # milliseconds: the machine may be busy

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium is found (any of {', '.join(NAMES)}, or $CHROMIUM)"
)


def run_sim(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a dashboard is served, by a process of its own."""
    folder = tmp_path_factory.mktemp("served")
    server = subprocess.Popen(
        [sys.executable, "-m", "sim", "dashboard", "--port", "0", "--no-browser"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "SOLARA_HOME": str(folder / "home")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert server.stderr is not None
    told = []
    for line in server.stderr:
        told.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            break
    else:
        pytest.fail("".join(told))
    yield found[0]
    server.terminate()
    server.wait(30)
    server.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


class Session:
    """Somebody at a page of their own."""

    def __init__(self, browser: Any, address: str) -> None:
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("[data-status]")

    def settle(self) -> None:
        """Wait until the last choice has been compared, and stands on the page to its end."""
        self.page.wait_for_function(
            """() => {
                const last = document.querySelector('[data-shown]');
                return last && last.dataset.shown === document.querySelector('form').dataset.sent;
            }"""
        )

    def heard(self) -> None:
        """Wait until the last choice has been taken up, whatever comes of it."""
        self.page.wait_for_function(
            """() => document.querySelector('[data-status]').dataset.asked
                === document.querySelector('form').dataset.sent"""
        )

    def size(self, **sizes: str) -> None:
        for name, text in sizes.items():
            self.page.fill(f"[data-size={name}]", text)
            self.page.press(f"[data-size={name}]", "Tab")

    def lever(self, name: str) -> None:
        """Find a lever and switch it, with the keyboard alone."""
        self.page.fill("#ep-search", name.replace("_", " "))
        self.page.focus(f"[data-lever={name}]")
        self.page.keyboard.press("Space")

    def row(self, outcome: str) -> dict[str, str]:
        """Read an outcome in the first table of effects; nothing where it has none of that name."""
        cells = self.page.locator("table.effects").first.locator(f"tr[data-outcome={outcome}] td")
        return {
            cell.get_attribute("data-label"): cell.inner_text().strip()
            for cell in cells.all()
            if cell.get_attribute("data-label")
        }

    def take(self, button: str, folder: Path) -> Path:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=button).click()
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def close(self) -> None:
        assert self.errors == []
        self.context.close()


@pytest.fixture
def session(browser: Any, address: str) -> Iterator[Session]:
    found = Session(browser, address)
    found.size(residents="2000", days="60", replications="3")
    yield found
    found.close()


def test_a_lever_moved_in_the_page_gives_what_sim_compare_gives(
    session: Session, address: str, tmp_path: Path
) -> None:
    session.lever("cite_and_release")
    session.settle()
    before = session.row("bookings")
    assert before["base"] != before["with levers"]
    slider = session.page.locator("[data-slider='cite_and_release.share']")
    slider.focus()
    for _ in range(8):
        session.page.keyboard.press("ArrowRight")
    session.settle()
    after = session.row("bookings")
    assert after["base"] == before["base"]
    assert after["with levers"] != before["with levers"]

    file = session.take("Scenario file", tmp_path)
    numbers = json.loads(session.take("All numbers", tmp_path).read_text(encoding="utf-8"))
    assert run_sim("check", file.name, folder=tmp_path).returncode == 0
    words = shlex.split(session.page.locator("pre").first.inner_text())
    assert words == ["sim", "compare", "dashboard.yaml", "--lever", "cite_and_release=0.65"]
    done = run_sim(*words[1:], "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == numbers
    shown = 0
    for effect in numbers["effects"]:
        if row := session.row(effect["outcome"]):
            assert row["base"] == number(effect["base"])
            assert row["with levers"] == number(effect["value"])
            shown += 1
    assert shown > 10
    assert session.take("Figure of the pathway", tmp_path).read_bytes().startswith(b"\x89PNG")
    report = session.take("Report", tmp_path).read_text(encoding="utf-8")
    assert number(numbers["effects"][0]["base"]) in report
    foreign = [url for url in session.asked if not url.startswith((address, address.replace("http", "ws")))]
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def test_two_sessions_side_by_side_do_not_disturb_each_other(
    session: Session, browser: Any, address: str
) -> None:
    session.lever("cite_and_release")
    session.settle()
    mine = session.row("bookings")
    other = Session(browser, address)
    other.size(residents="1000", days="30", replications="2")
    other.lever("null")
    other.settle()
    assert other.row("bookings")["difference"] == "exactly 0"
    assert session.row("bookings") == mine
    assert session.page.locator("[data-lever=null]").count() == 0  # its own search is as it was
    session.page.locator("[data-slider='cite_and_release.share']").focus()
    session.page.keyboard.press("End")
    session.settle()
    assert session.row("bookings")["with levers"] != mine["with levers"]
    assert other.row("bookings")["difference"] == "exactly 0"
    other.close()


def test_wrong_input_is_told_in_the_page_and_can_be_mended(session: Session) -> None:
    session.lever("cite_and_release")
    session.settle()
    before = session.row("bookings")
    session.page.fill("#ep-county", "Maricoppa County, AZ")
    session.page.press("#ep-county", "Tab")
    session.size(residents="a lot")
    alert = session.page.locator(".ep-status [role=alert]")
    alert.get_by_text("residents is not a whole number").wait_for()
    session.size(residents="2000")
    alert.get_by_text("Maricopa County, AZ").first.wait_for()
    assert session.row("bookings") == before
    session.page.fill("#ep-county", "Maricopa County, AZ")
    session.page.press("#ep-county", "Tab")
    session.settle()
    assert alert.inner_text().strip() == ""
    assert session.row("bookings") != before


def test_long_work_is_cancelled_in_the_page(session: Session) -> None:
    session.lever("cite_and_release")
    session.settle()
    before = session.row("bookings")
    session.size(residents="200000", days="3650", replications="50")  # a run takes seconds
    session.heard()  # or the last number typed would begin anew
    session.page.locator("[data-status]").get_by_text("the first of up to 100 runs is under way").wait_for()
    session.page.locator("[data-seconds]").wait_for()
    session.page.get_by_role("button", name="Cancel").click()
    session.page.locator(".ep-status [role=alert]").get_by_text("Cancelled").wait_for()
    assert session.page.locator("[data-status]").get_attribute("data-busy") == "no"
    assert session.row("bookings") == before


def test_one_resident_is_found_and_followed_through_two_worlds(session: Session) -> None:
    session.lever("cite_and_release")
    session.settle()
    session.page.select_option("#ep-outcome", "bookings")
    session.page.get_by_role("button", name="Find them").click()
    session.page.locator(".ep-found button").first.click()
    lives = session.page.locator("[data-lives]")
    lives.wait_for()
    assert "here they part" in lives.inner_text()


def test_a_resident_whom_there_is_not_is_told_beside_the_field(session: Session) -> None:
    session.lever("cite_and_release")
    session.settle()
    session.page.fill("#ep-resident", "9999999")
    session.page.get_by_role("button", name="Follow", exact=True).click()
    told = session.page.locator("[data-people-wrong]")
    told.wait_for()
    assert "9999999" in told.inner_text()
    assert session.page.locator(".ep-status .ep-wrong").count() == 0


def test_what_is_chosen_is_there_again_when_the_page_is_loaded_again(session: Session) -> None:
    session.lever("cite_and_release")
    session.page.locator("[data-slider='cite_and_release.share']").focus()
    session.page.keyboard.press("End")
    session.settle()
    before, address = session.row("bookings"), session.page.url
    assert "lever=cite_and_release" in address
    session.page.reload()
    session.page.wait_for_selector("[data-size=residents]")
    assert session.page.input_value("[data-size=residents]") == "2000"
    session.settle()
    assert session.page.url == address
    assert session.row("bookings") == before


def test_an_address_with_what_there_is_not_is_told(browser: Any, address: str) -> None:
    other = Session(browser, f"{address}?lever=cite_and_releese&residents=1000&days=20&replications=2")
    alert = other.page.locator(".ep-status [role=alert]")
    alert.get_by_text("no such lever").wait_for()
    assert "cite_and_release" in alert.inner_text()
    other.lever("null")
    other.settle()
    assert alert.inner_text().strip() == ""
    other.close()


def test_the_points_of_the_pathway_have_room_on_a_telephone(session: Session) -> None:
    session.lever("cite_and_release")
    session.settle()
    session.page.set_viewport_size({"width": 400, "height": 800})
    session.page.wait_for_timeout(200)
    picture = session.page.locator("table.funnel td.picture svg").first.bounding_box()
    assert picture["width"] > 250
    dot = session.page.locator("table.funnel circle").first.bounding_box()
    assert dot["width"] == pytest.approx(dot["height"])
    assert dot["width"] >= 8


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window_and_every_control_has_a_name(session: Session, width: int) -> None:
    session.lever("cite_and_release")
    session.settle()
    session.page.set_viewport_size({"width": width, "height": 800})
    session.page.wait_for_timeout(200)
    assert session.page.evaluate("document.documentElement.scrollWidth") <= width
    assert session.page.evaluate("document.documentElement.lang") == "en"
    nameless = session.page.evaluate(
        """() => [...document.querySelectorAll('.ep input, .ep select, .ep button, .ep progress')]
            .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label'))
            .filter(e => !e.innerText.trim())
            .map(e => e.outerHTML)"""
    )
    assert nameless == []
