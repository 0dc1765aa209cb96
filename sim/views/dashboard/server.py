"""Serve the page on this machine.

Whatever the page is made of comes from packages that are installed: no address outside this machine is
asked for anything, and nobody is told that it runs.
"""

from __future__ import annotations

import os
import socket
import threading
import warnings
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.util import find_spec
from typing import Any, Final

from sim.engine.jit import cache_root
from sim.errors import InputError, Mark, Problem, SimError
from sim.views.console import tell

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
KEPT: Final = "2h"  # how long a session waits for a browser that is gone
NEEDS: Final = ("solara", "solara_assets", "starlette", "uvicorn")
INSTALL: Final = "pip install 'enforcement-pathways[dashboard]'"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def check_installed() -> None:
    """Raise `SimError` where the extra is not installed."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise SimError(f"the dashboard needs {', '.join(missing)}: {INSTALL}")


def check_port(port: Any) -> None:
    """Raise `InputError` where a port is no port."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65_535:
        allowed = "0 to 65,535 (0: any that is free)"
        raise InputError([Problem(Mark(), "--port is out of bounds", str(port), allowed)])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    InputError
        If the address is taken, or none of this machine.
    """
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would share a port that is taken
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(128)  # from now on whoever comes waits for the page, and is not turned away
    except OSError as error:
        found.close()
        what = f"cannot listen on {host}, port {port}: {error.strerror or error}"
        allowed = "another --port (0: any that is free), or another --host"
        raise InputError([Problem(Mark(), what, None, allowed)]) from error
    return found


def serve(scenario: str, host: str, port: int, *, browser: bool) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    scenario
        Path or name of the scenario that the page begins with.
    host, port
        Where to listen; port 0 is any that is free.
    browser
        Whether to open the page in a browser.
    """
    check_installed()
    bound = listen(host, port)
    port = bound.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    app = guarded(page_app(scenario), host)

    import uvicorn

    config = uvicorn.Config(app, log_level="error", access_log=False, loop="asyncio", lifespan="on")
    server = uvicorn.Server(config)
    tell(f"The dashboard is at {address} (Ctrl+C ends it)")
    if host not in LOOPBACK:
        tell(f"Note: whoever can reach {host} can use it; nothing asks who they are.")
    if browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        pass
    finally:
        bound.close()


def page_app(scenario: str) -> App:
    """Return the web application whose page begins with a scenario."""
    from sim.views.dashboard.choices import SCENARIO

    os.environ[SCENARIO] = scenario
    os.environ.setdefault("SOLARA_HOME", str(cache_root() / "solara"))
    os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] = "False"
    import solara.server.app
    from solara.server import settings

    # On this machine's own address there is nothing to encrypt, and no other site to be embedded in.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none", category=UserWarning)
    settings.telemetry.mixpanel_enable = False
    settings.assets.fontawesome_enabled = False
    settings.theme.show_banner = False
    settings.theme.title = "Enforcement Pathways"
    settings.main.mode = "production"
    settings.kernel.cull_timeout = KEPT
    solara.server.app.apps["__default__"] = solara.server.app.AppScript("sim.views.dashboard.page")
    from solara.server.starlette import app

    found: App = app
    return found


def guarded(app: App, bound: str) -> App:
    """Return an application that other sites cannot reach through a visitor's browser.

    A page elsewhere may send requests to this machine, and a name elsewhere may be made to point at it; both
    name themselves in the headers.  Where the server is bound to more than this machine, any name is taken.
    """
    own = bound in LOOPBACK

    async def checked(
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] in ("http", "websocket") and own:
            headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
            host, origin = headers.get("host", ""), headers.get("origin")
            if not _is_own(host) or origin not in (None, f"http://{host}"):
                await _refuse(scope, send)
                return
        await app(scope, receive, send)

    return checked


def _is_own(header: str) -> bool:
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdecimal() else header
    return name.strip("[]") in LOOPBACK


async def _refuse(scope: Scope, send: Callable[[Message], Awaitable[None]]) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Only pages of this machine are served here."})
