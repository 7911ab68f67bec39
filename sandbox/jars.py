"""Java libraries through Maven: the jars a POM names, fetched once into a folder of the cache."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

PROGRESS_SECONDS = 1.0


class JarsUnavailable(Exception):
    """They cannot be fetched; the message says why."""


def fetch(pom: Path, cache: Path | None = None, on_progress: Callable[[int], None] | None = None) -> Path:
    """The folder with the jars of `NAME_pom.xml` and what they need, fetched when it is not there yet.

    `on_progress` is called every now and then with the bytes that are there, while they are fetched. Raises
    JarsUnavailable.
    """
    root = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mock-kalshi"
    name = pom.name.removesuffix("_pom.xml")
    folder = root / f"{name}-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    mvn = shutil.which("mvn")
    if mvn is None:
        raise JarsUnavailable(f"mvn (Maven) is needed once, to fetch the jars of {name}")
    partial = root / f"{folder.name}.{os.getpid()}"
    partial.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(pom, partial / "pom.xml")
        said = partial / "maven.log"
        with (
            said.open("wb") as output,
            subprocess.Popen(  # noqa: S603  # a fixed command
                [mvn, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=."],
                cwd=partial,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as fetching,
        ):
            while fetching.poll() is None:
                if on_progress is not None:
                    on_progress(sum(path.stat().st_size for path in partial.glob("*.jar")))
                with suppress(subprocess.TimeoutExpired):
                    fetching.wait(PROGRESS_SECONDS)
        if fetching.returncode:
            why = said.read_text(errors="replace")[-2_000:]
            raise JarsUnavailable(f"the jars of {name} cannot be fetched: {why}")
        with suppress(OSError):  # somebody else was quicker
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
