"""The hot path as machine code: the same sources through mypyc, kept in a cache under a fingerprint of those sources.

`make compile` builds; `use` makes Python take what was built from exactly the sources
that are here, and the sources when there is nothing. Edit a file of the hot path and the plain one runs, until it is
built again: code that is not what one reads never runs. MOCK_KALSHI_CORE=plain runs the sources in any case.

There are two groups, each compiled as a whole: the engine with the sequencer around it, and FIX from bytes to commands
and from events to bytes.
A group of which something was imported as a source before `use` stays a source: compiled classes know only each other.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

CORE = (
    "exchange.core.engine",
    "exchange.core.fees",
    "exchange.core.ledger",
    "exchange.core.market",
    "exchange.core.matching",
    "exchange.core.order",
    "exchange.core.order_book",
    "exchange.core.order_groups",
    "exchange.core.orders",
    "exchange.core.own_orders",
    "exchange.core.price_grid",
    "exchange.core.resting",
    "exchange.core.state",
    "exchange.core.timers",
    "exchange.in_step",
    "exchange.sequencer",
    "exchange.projections.views",
    "exchange.projections.opened",
    "exchange.projections.books",
    "exchange.projections.holdings",
    "exchange.projections.order_record",
    "exchange.projections.orders",
    "exchange.projections.portfolio",
    "exchange.projections.recent",
    "exchange.projections.tape",
    "exchange.adapters.clock",
    "exchange.adapters.release_mark",
    "exchange.adapters.history.gathering",
)
"""What every command runs through, whatever door it came by. Classes that are msgspec Structs stay outside: they are C
already. To read one's field costs machine code more than the interpreter, so many are read at once
(projections/opened.py).
"""

FIX = (
    "wire.accounts",
    "wire.ids",
    "wire.fix.codec",
    "wire.fix.gates",
    "wire.fix.message",
    "wire.fix.outbound",
    "wire.fix.session",
    "wire.fix.store",
    "wire.fix.timestamps",
    "wire.fix.validation",
    "wire.fix.messages.fills",
    "wire.fix.messages.new_order",
    "wire.fix.messages.order_readers",
    "wire.fix.messages.report_encoders",
    "wire.fix.messages.values",
    "exchange.gateways.fix.changes",
    "exchange.gateways.fix.client",
    "exchange.gateways.fix.commands",
    "exchange.gateways.fix.facts",
    "exchange.gateways.fix.hub",
    "exchange.gateways.fix.last_cancels",
    "exchange.gateways.fix.new_orders",
    "exchange.gateways.fix.orders",
    "exchange.gateways.fix.rendering",
    "exchange.gateways.fix.reports",
    "exchange.gateways.fix.requests",
    "exchange.gateways.rate_limit",
    "exchange.adapters.fix_owners",
)
"""What an order by FIX runs through between the socket and the sequencer, and back."""

GROUPS = (CORE, FIX)

_SOURCES = ("wire", "exchange/adapters", "exchange/core", "exchange/projections", "exchange/gateways/fix")
_LOOSE_SOURCES = ("exchange", "exchange/gateways")
"""Folders whose every file counts, and those of which only the files right in them do."""

CHOICE = "MOCK_KALSHI_CORE"

_C_FLAGS = "-DNDEBUG -fwrapv -fvisibility=hidden"
"""Python's own, and that the functions of a group call each other directly, not through the table of what a library
shows to others.
"""

_ROOT = Path(__file__).parent.parent
_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def folder() -> Path:
    """Where the machine code of these sources is, or would be."""
    digest = sha256(f"{sys.version} {_SUFFIX} {GROUPS} {_C_FLAGS}".encode())
    # More than is compiled: the compiler copies constants from modules it does not compile.
    sources = [source for name in _SOURCES for source in (_ROOT / name).rglob("*.py")]
    sources += [source for name in _LOOSE_SOURCES for source in (_ROOT / name).glob("*.py")]
    for source in sorted(sources):
        digest.update(str(source.relative_to(_ROOT)).encode() + b"\0" + source.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mock-kalshi"
    return cache / f"core-{digest.hexdigest()[:16]}"


def use() -> bool:
    """Take the machine code where there is some; whether there is. Call before the core is imported."""
    if os.environ.get(CHOICE) == "plain" or not (built := folder()).is_dir():
        return False
    late = {name for group in GROUPS if not sys.modules.keys().isdisjoint(group) for name in group}
    sys.meta_path.insert(0, _Finder(built, late))
    return True


def is_used() -> bool:
    """Whether the core that runs here is machine code."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def build() -> Path:
    """Compile the sources that are here, about a minute; nothing to do when that was done before.

    Raises CompileFailed when there is no compiler, or with what it said.
    """
    built = folder()
    if built.is_dir():
        return built
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        raise CompileFailed("no C compiler was found (cc, gcc or clang)")
    with tempfile.TemporaryDirectory() as scratch:
        # A folder each: the compiler's own files have the same names for every group.
        works = [Path(scratch) / str(number) for number in range(len(GROUPS))]
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(_compile, works, GROUPS))
        partial = built.with_name(f"{built.name}.{os.getpid()}")
        partial.mkdir(parents=True)
        for work in works:
            for made in work.rglob(f"*{_SUFFIX}"):
                # exchange/core/engine.so -> exchange.core.engine.so; the compiler leaves a second copy in `build`.
                name = ".".join(made.relative_to(work).parts)
                if not name.startswith("build."):
                    shutil.copy(made, partial / name)
    try:
        partial.rename(built)
    except OSError:
        shutil.rmtree(partial)  # somebody else was quicker
    return built


def _compile(work: Path, group: Sequence[str]) -> None:
    """Compile one group in a folder of its own. Raises CompileFailed."""
    for package in ("wire", "exchange"):
        shutil.copytree(_ROOT / package, work / package, ignore=shutil.ignore_patterns("__pycache__"))
    sources = [f"{name.replace('.', '/')}.py" for name in group]
    # Without symbols for a debugger: they are most of the C compiler's work.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {CHOICE: "plain", "MYPYC_OPT_LEVEL": "2", "MYPYC_DEBUG_LEVEL": "0"}
    environment["CFLAGS"] = f"{_C_FLAGS} {environment.get('CFLAGS', '')}"
    done = subprocess.run(  # noqa: S603  (this very Python)
        [sys.executable, "-m", "mypyc", *sources],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CompileFailed((done.stdout + done.stderr)[-2_000:])


class CompileFailed(Exception):
    """The core cannot be compiled here; it runs as it is."""


class _Finder(MetaPathFinder):
    """Finds the compiled modules, and the one library that mypyc puts them all into."""

    def __init__(self, built: Path, left_out: Container[str]) -> None:
        found = {path.name.removesuffix(_SUFFIX): path for path in built.iterdir()}
        self._files = {name: path for name, path in found.items() if name not in left_out}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = self._files.get(fullname)
        if found is None:
            return None
        return spec_from_file_location(fullname, found, loader=ExtensionFileLoader(fullname, str(found)))
