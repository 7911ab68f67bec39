"""Who may import whom: the contracts of pyproject.toml, and the third-party packages each part may use."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"wire", "runtime", "eventlog", "exchange", "market_data", "market_maker", "rebuilder", "sandbox"}

ALLOWED = {
    "wire": {"msgspec", "mypy_extensions", "cryptography"},
    "eventlog": {"msgspec", "aiokafka", "structlog"},
    "exchange/core": {"msgspec", "mypy_extensions", "sortedcontainers"},
    "exchange/projections": {"msgspec", "mypy_extensions", "sortedcontainers"},
}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_package_uses_only_the_libraries_it_may(package):
    allowed = ALLOWED[package] | OURS | set(sys.stdlib_module_names)
    strangers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in _imports(path) - allowed
    }
    assert strangers == set()
