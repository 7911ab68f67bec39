"""The trading screen on port 8080: `python -m sandbox.ui_server` serves the files that `make ui` built.

Knows files, and which servers the page may talk to: those stand in /config.json for the page and in the
content-security policy for the browser, and there are no others. Refuses to know anything of trading: the page
talks to the venue itself.
"""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUILT = Path(__file__).parent / "ui_dist"
"""Where `make ui` puts what it builds, and where a wheel carries it."""

STYLE_HASHES = "style-hashes.txt"
"""In the built files: the hashes of the style sheets that libraries of the page put into it while it runs."""

_YEAR = "public, max-age=31536000, immutable"

_NOT_BUILT = """<!doctype html><html lang="en"><title>mock-kalshi: the screen is not built</title>
<h1>The trading screen is not built yet</h1>
<p>Run <code>make ui</code> in the checkout and load this page again. It needs node 20 or newer and npm
(Debian: <code>apt-get install nodejs npm</code>, or a package of https://nodejs.org).</p>
<p>Everything else works without it: the exchange answers at <a href="{venue}/docs">{venue}/docs</a>.</p></html>"""


class UiSettings(BaseSettings):
    """UI_*. An empty URL: that process is not running, and the screen says so where it would show it."""

    model_config = SettingsConfigDict(env_prefix="UI_")

    host: str = "127.0.0.1"
    port: int = 8080
    venue_url: str = "http://127.0.0.1:9090"
    market_data_url: str = ""
    rebuilder_url: str = ""
    dist: Path | None = None


def build(settings: UiSettings) -> ASGIApp:
    """The application: /config.json, /health/live, and the page."""
    dist = settings.dist or BUILT

    async def config(request: Request) -> Response:
        return JSONResponse(
            {
                "venue_url": settings.venue_url,
                "market_data_url": settings.market_data_url,
                "rebuilder_url": settings.rebuilder_url,
            }
        )

    async def live(request: Request) -> Response:
        return JSONResponse({"status": "ok", "built": (dist / "index.html").is_file()})

    async def not_built(request: Request) -> Response:
        return HTMLResponse(_NOT_BUILT.format(venue=settings.venue_url), 503)

    files = Mount("/", StaticFiles(directory=dist, html=True, check_dir=False))
    page = files if (dist / "index.html").is_file() else Route("/{path:path}", not_built)
    app = Starlette(routes=[Route("/config.json", config), Route("/health/live", live), page])
    return Headers(app, content_security_policy(settings, _style_hashes(dist)))


def content_security_policy(settings: UiSettings, style_hashes: tuple[str, ...]) -> str:
    """Our own files, and connections to the processes named in the settings; nothing else, nothing inline."""
    connect = ["'self'"]
    for url in (settings.venue_url, settings.market_data_url, settings.rebuilder_url):
        if url:
            parts = urlsplit(url)
            secure = parts.scheme == "https"
            connect += [f"{parts.scheme}://{parts.netloc}", f"{'wss' if secure else 'ws'}://{parts.netloc}"]
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": " ".join(("'self'", *(f"'{one}'" for one in style_hashes))),
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": " ".join(connect),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class Headers:
    """Puts the policy on every answer, and says how long it may be kept: hashed assets for ever, the page never."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._always = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = _YEAR if scope.get("path", "").startswith("/assets/") else "no-cache"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._always, (b"cache-control", kept.encode())]
            await send(message)

        await self._app(scope, receive, with_headers)


def _style_hashes(dist: Path) -> tuple[str, ...]:
    file = dist / STYLE_HASHES
    lines = file.read_text().splitlines() if file.is_file() else []
    return tuple(line.split()[0] for line in lines if line.startswith("sha256-"))


async def serve(settings: UiSettings) -> None:
    """Serve until SIGINT or SIGTERM; the address is printed once it is listened at. Raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((settings.host, settings.port))
    # Before the address is printed: who reads it may come at once.
    listening.listen(128)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listening.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(build(settings), lifespan="off", access_log=False, log_config=None, server_header=False)
    )
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    await server.serve(sockets=[listening])


def main() -> None:
    """Uvicorn hands a signal on once it has stopped for it: by then there is nothing left to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    asyncio.run(serve(UiSettings()))


if __name__ == "__main__":
    main()
