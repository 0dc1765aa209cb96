"""How the page is served: on this machine, to this machine's own pages, or not at all and with a reason."""

import asyncio
import socket
from typing import Any

import pytest

from sim import cli
from sim.errors import InputError
from sim.views.dashboard import server


def test_without_the_extra_a_plain_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: None if name == "solara" else object())
    assert cli.main(["dashboard"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "sim: the dashboard needs solara: pip install 'enforcement-pathways[dashboard]'\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--port", "70000"], "--port is out of bounds"),
        (["--port", "many"], "--port is out of bounds"),
        (["--port", "-1"], "--port is out of bounds"),
        (["bass"], "no such scenario"),
    ],
)
def test_wrong_input_is_told_before_anything_is_served(
    words: list[str], part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "check_installed", lambda: None)
    assert cli.main(["dashboard", *words]) == 2
    told = capsys.readouterr().err
    assert part in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"cannot listen on 127\.0\.0\.1"):
            server.listen("127.0.0.1", taken.getsockname()[1])


def test_port_0_is_any_that_is_free() -> None:
    with server.listen("127.0.0.1", 0) as found:
        assert found.getsockname()[0] == "127.0.0.1"
        assert found.getsockname()[1] > 0


def asked(kind: str, host: str, bound: str = "127.0.0.1", **headers: str) -> list[dict[str, Any]]:
    """What an application that answers everything sends, behind the guard."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "answered"})

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {}

    raw = [(b"host", host.encode()), *((k.encode(), v.encode()) for k, v in headers.items())]
    asyncio.run(server.guarded(app, bound)({"type": kind, "headers": raw}, receive, send))
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "localhost", "[::1]:8765"])
def test_pages_of_this_machine_are_answered(host: str) -> None:
    assert asked("http", host) == [{"type": "answered"}]
    assert asked("websocket", host, origin=f"http://{host}") == [{"type": "answered"}]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("elsewhere.example:8765", "http://elsewhere.example:8765"),
        ("127.0.0.1:8765", "http://elsewhere.example"),
        ("127.0.0.1:8765", "http://127.0.0.1:9000"),
        ("127.0.0.1:8765", "null"),
        ("127.0.0.1.elsewhere.example", ""),
        ("", ""),
    ],
)
def test_other_sites_are_refused(kind: str, host: str, origin: str) -> None:
    (first, *_) = asked(kind, host, **({"origin": origin} if origin else {}))
    assert first["type"] in ("http.response.start", "websocket.close")
    assert first.get("status", 403) == 403


def test_a_server_that_was_bound_to_more_answers_under_any_name() -> None:
    assert asked("http", "my-machine.example:8765", bound="0.0.0.0") == [{"type": "answered"}]
