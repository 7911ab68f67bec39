"""The core as machine code: the same sources through mypyc, kept in a cache under a fingerprint of those sources.

`make compile` builds; `use` makes Python take what was built from exactly the sources
that are here, and the sources when there is nothing. Edit a file of the core and the plain one runs, until it is
built again: code that is not what one reads never runs. MOCK_KALSHI_CORE=plain runs the sources in any case.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

MODULES = (
    "engine",
    "fees",
    "ledger",
    "market",
    "matching",
    "order",
    "order_book",
    "order_groups",
    "orders",
    "price_grid",
    "resting",
    "state",
    "timers",
)
"""What of the core the hot path runs through. Commands, events and snapshots are msgspec Structs: C already. All of
them are behind this package's door, so that none can have been imported as a source before `use`."""

CHOICE = "MOCK_KALSHI_CORE"
_ROOT = Path(__file__).parent.parent
_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def folder() -> Path:
    """Where the machine code of these sources is, or would be."""
    digest = sha256(f"{sys.version} {_SUFFIX} {MODULES}".encode())
    # Every file of both packages: the compiler copies constants from modules it does not compile.
    for source in sorted([*(_ROOT / "wire").glob("*.py"), *(_ROOT / "exchange" / "core").glob("*.py")]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mock-kalshi"
    return cache / f"core-{digest.hexdigest()[:16]}"


def use() -> bool:
    """Take the machine code where there is some; whether there is. Call before the core is imported."""
    if os.environ.get(CHOICE) == "plain" or not (built := folder()).is_dir():
        return False
    sys.meta_path.insert(0, _Finder(built))
    return True


def is_used() -> bool:
    """Whether the core that runs here is machine code."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def build() -> Path:
    """Compile the sources that are here, some 15 seconds; nothing to do when that was done before.

    Raises CompileFailed when there is no compiler, or with what it said.
    """
    built = folder()
    if built.is_dir():
        return built
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        raise CompileFailed("no C compiler was found (cc, gcc or clang)")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for package in ("wire", "exchange"):
            shutil.copytree(_ROOT / package, work / package, ignore=shutil.ignore_patterns("__pycache__"))
        sources = [f"exchange/core/{name}.py" for name in MODULES]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {CHOICE: "plain"}
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
        partial = built.with_name(f"{built.name}.{os.getpid()}")
        partial.mkdir(parents=True)
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


class CompileFailed(Exception):
    """The core cannot be compiled here; it runs as it is."""


class _Finder(MetaPathFinder):
    """Finds the compiled modules, and the one library that mypyc puts them all into."""

    def __init__(self, built: Path) -> None:
        self._files = {path.name.removesuffix(_SUFFIX): path for path in built.iterdir()}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = self._files.get(fullname)
        if found is None:
            return None
        return spec_from_file_location(fullname, found, loader=ExtensionFileLoader(fullname, str(found)))
