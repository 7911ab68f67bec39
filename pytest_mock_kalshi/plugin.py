"""Hooks and fixtures. What costs time to import is imported when the first test asks for a venue.

One venue process for each session, and so for each xdist worker; `kalshi` begins it again for each test. A test that
fails keeps the journal of what happened in it.
"""

import re
import shlex
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_mock_kalshi.venue import Kalshi

SCENARIOS = Path(__file__).resolve().parents[1] / "sandbox" / "scenarios"
_FIGURES = "mock_kalshi"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mock-kalshi", "the venue behind the fixture `kalshi`")
    group.addoption("--kalshi-scenario", metavar="NAME|FILE", help="what the venue begins with: empty, demo, a file")
    group.addoption("--kalshi-seed", type=int, metavar="N", help="varies the scenario's house orders")
    group.addoption("--kalshi-up", metavar="ARGUMENTS", help="more options of `mock-kalshi up`, as one word")
    parser.addini("mock_kalshi_scenario", "what the venue begins with: empty, demo, or a file", default="empty")
    parser.addini("mock_kalshi_seed", "varies the scenario's house orders", default="0")
    parser.addini("mock_kalshi_up", "more options of `mock-kalshi up`", type="args", default=[])


class Session:
    """The one process and what is shared with it."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        from pytest_mock_kalshi.process import VenueProcess

        self.folder = folder
        self.process = VenueProcess(folder, _settings(config))
        self.fresh_ms: list[float] = []
        """What each test waited for its venue, the first one's start left out."""

    def begin(self) -> None:
        """Wait for the process, with the key made meanwhile."""
        from pytest_mock_kalshi.account import KeyPair
        from pytest_mock_kalshi.venue import Sandbox

        self.process.start()
        self.key = KeyPair(self.folder)
        self.process.wait()
        self.sandbox = Sandbox(self.process)

    def fresh(self) -> "Kalshi":
        from pytest_mock_kalshi.venue import Kalshi

        began = time.perf_counter()
        self.sandbox.ask("POST", "/reset")
        kalshi = Kalshi(self.process, self.sandbox, self.key)
        self.fresh_ms.append((time.perf_counter() - began) * 1_000)
        return kalshi

    def keep(self, name: str) -> str:
        """Copy the journal of the test that has just failed; what to say of it."""
        target = self.folder / "failed" / re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:120].strip("_.")
        shutil.rmtree(target, ignore_errors=True)
        try:
            shutil.copytree(self.process.journal, target, ignore=shutil.ignore_patterns("released"))
        except OSError as error:
            return f"seed {self.process.settings.seed}; the journal could not be kept: {error}"
        return (
            f"seed     {self.process.settings.seed}, scenario {self.process.settings.scenario}\n"
            f"journal  {target}\n"
            f"again    mock-kalshi replay {shlex.quote(str(target))}"
        )

    def figures(self) -> dict[str, Any]:
        return {"started_ms": self.process.started_ms, "fresh_ms": self.fresh_ms}


_SESSION = pytest.StashKey[Session]()
_FAILED_IN = pytest.StashKey[Session]()
_ALL_FIGURES = pytest.StashKey[list[dict[str, Any]]]()


@pytest.fixture(scope="session")
def kalshi_session(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The venue's process. Tests want `kalshi`."""
    session = Session(pytestconfig, tmp_path_factory.mktemp("mock-kalshi"))
    try:
        session.begin()
        pytestconfig.stash[_SESSION] = session
        yield session
        session.sandbox.close()
    finally:
        session.process.stop()


@pytest.fixture
def kalshi(kalshi_session: Session, request: pytest.FixtureRequest) -> Iterator["Kalshi"]:
    """A venue of this test's own (docs/testing.md)."""
    venue = kalshi_session.fresh()
    request.node.stash[_FAILED_IN] = kalshi_session
    yield venue
    venue.dispose()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    session = item.stash.get(_FAILED_IN, None)
    if session is not None and report.failed:
        report.sections.append(("mock-kalshi", session.keep(item.nodeid)))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    ours = session.config.stash.get(_SESSION, None)
    output = getattr(session.config, "workeroutput", None)
    if ours is None:
        return
    if output is not None:
        output[_FIGURES] = ours.figures()
    else:
        session.config.stash.setdefault(_ALL_FIGURES, []).append(ours.figures())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended."""
    figures = getattr(node, "workeroutput", {}).get(_FIGURES)
    if figures is not None:
        node.config.stash.setdefault(_ALL_FIGURES, []).append(figures)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """With -v: what the fixture cost."""
    everybody = config.stash.get(_ALL_FIGURES, [])
    fresh = sorted(ms for figures in everybody for ms in figures["fresh_ms"])
    if not fresh or config.get_verbosity() < 1:
        return
    starts = ", ".join(f"{figures['started_ms']:.0f}" for figures in everybody)
    terminalreporter.write_line(
        f"mock-kalshi: {len(everybody)} process(es) started in {starts} ms; {len(fresh)} fresh venues, "
        f"median {fresh[len(fresh) // 2]:.0f} ms, slowest {fresh[-1]:.0f} ms"
    )


def _settings(config: pytest.Config) -> Any:
    """Command line before ini file."""
    from pytest_mock_kalshi.process import Settings

    scenario = config.getoption("--kalshi-scenario")
    base = config.invocation_params.dir if scenario else config.rootpath
    scenario = scenario or config.getini("mock_kalshi_scenario")
    seed = config.getoption("--kalshi-seed")
    try:
        seed = int(config.getini("mock_kalshi_seed")) if seed is None else seed
    except ValueError:
        raise pytest.UsageError("mock_kalshi_seed is no whole number") from None
    built_in = SCENARIOS / f"{scenario}.yaml"
    path = built_in if built_in.is_file() else base / scenario
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in SCENARIOS.glob("*.yaml")))
        raise pytest.UsageError(f"there is no scenario {scenario!r}: neither one of {names}, nor the file {path}")
    more = [*config.getini("mock_kalshi_up"), *shlex.split(config.getoption("--kalshi-up") or "")]
    return Settings(path, seed, tuple(more))
