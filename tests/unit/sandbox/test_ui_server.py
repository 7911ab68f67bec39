"""The server of the trading screen: files, config, and a policy that names every server the page may talk to."""

from pathlib import Path

import httpx
import pytest

from sandbox.ui_server import UiSettings, build, content_security_policy


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>screen</title>")
    (tmp_path / "assets" / "app-1a2b.js").write_text("0")
    (tmp_path / "style-hashes.txt").write_text("# one a line\nsha256-abc= a library\n")
    return tmp_path


async def get(settings: UiSettings, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=build(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://ui") as client:
        return await client.get(path)


async def test_the_page_and_its_files_are_served(dist):
    settings = UiSettings(dist=dist)
    assert "screen" in (await get(settings, "/")).text
    asset = await get(settings, "/assets/app-1a2b.js")
    assert (asset.text, "immutable" in asset.headers["cache-control"]) == ("0", True)


async def test_the_page_itself_is_never_kept(dist):
    assert (await get(UiSettings(dist=dist), "/")).headers["cache-control"] == "no-cache"


async def test_config_names_the_processes(dist):
    settings = UiSettings(dist=dist, venue_url="http://127.0.0.1:1", rebuilder_url="http://127.0.0.1:2")
    assert (await get(settings, "/config.json")).json() == {
        "venue_url": "http://127.0.0.1:1",
        "market_data_url": "",
        "rebuilder_url": "http://127.0.0.1:2",
    }


async def test_every_answer_carries_the_policy(dist):
    for path in ("/", "/config.json", "/assets/app-1a2b.js", "/nothing"):
        assert "default-src 'none'" in (await get(UiSettings(dist=dist), path)).headers["content-security-policy"]


async def test_the_policy_lets_in_the_style_sheets_of_libraries_by_hash(dist):
    policy = (await get(UiSettings(dist=dist), "/")).headers["content-security-policy"]
    assert "style-src 'self' 'sha256-abc='" in policy


def test_the_page_may_connect_to_the_named_processes_and_nowhere_else():
    settings = UiSettings(venue_url="http://127.0.0.1:9090", market_data_url="", rebuilder_url="https://x:8085/")
    rules = dict(rule.split(" ", 1) for rule in content_security_policy(settings, ()).split("; "))
    assert rules["connect-src"].split() == [
        "'self'",
        "http://127.0.0.1:9090",
        "ws://127.0.0.1:9090",
        "https://x:8085",
        "wss://x:8085",
    ]


async def test_without_the_built_files_the_page_says_how_to_build_them(tmp_path):
    answer = await get(UiSettings(dist=tmp_path / "nothing"), "/")
    assert (answer.status_code, "make ui" in answer.text) == (503, True)


async def test_it_says_that_it_is_there(tmp_path):
    assert (await get(UiSettings(dist=tmp_path), "/health/live")).json() == {"status": "ok", "built": False}
