"""Render docs/COMPATIBILITY.md from the contract's facts and the coverage table.

    python scripts/compatibility.py

Knows how the page looks; what it says is in docs/compatibility_head.md (switches, known differences),
tests/conformance/contract/*.json (what there is) and tests/conformance/coverage.py (what we have of it).
"""

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HEAD = ROOT / "docs" / "compatibility_head.md"
PAGE = ROOT / "docs" / "COMPATIBILITY.md"
CONTRACT = ROOT / "tests" / "conformance" / "contract"
COVERAGE = ROOT / "tests" / "conformance" / "coverage.py"


def contract(name: str) -> dict[str, Any]:
    """The facts of `rest`, `websocket` or `fix`."""
    facts: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text())
    return facts


def coverage() -> ModuleType:
    """The coverage table, loaded from its file: the tests folder is no package."""
    spec = importlib.util.spec_from_file_location("coverage_table", COVERAGE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(title: str, head: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Any]]) -> list[str]:
    """A section: what each row is, then its level, proof and note."""
    rows = list(rows)
    levels = Counter(row.level for _, row in rows)
    tally = ", ".join(f"{levels[level]} {level}" for level in ("full", "partial", "absent"))
    lines = [f"## {title}", "", f"{len(rows)} in the contract: {tally}.", ""]
    lines += ["| " + " | ".join((*head, "here", "proof", "note")) + " |", "|---" * (len(head) + 3) + "|"]
    for cells, row in rows:
        proof = f"`{row.test}`" if row.test else ""
        lines.append("| " + " | ".join((*cells, row.level, proof, row.note)) + " |")
    return [*lines, ""]


def clients(rows: Iterable[Any]) -> list[str]:
    """The section of the clients that were tried."""
    lines = ["## Published clients", "", "Each takes a walk through the venue, unmodified: only the host is ours.", ""]
    lines += ["| client | speaks | proof | note |", "|---|---|---|---|"]
    lines += [f"| {row.requirement} | {row.speaks} | `{row.test}` | {row.note} |" for row in rows]
    return [*lines, ""]


def render() -> str:
    """The whole page."""
    rows = coverage()
    rest, websocket, fix = contract("rest"), contract("websocket"), contract("fix")
    operations = rest["operations"]
    lines = [HEAD.read_text(), *clients(rows.CLIENTS)]
    lines += table(
        f"REST operations (contract {rest['version']})",
        ("operation", "request"),
        (((op["operationId"], f"`{op['method']} {op['path']}`"), rows.REST[op["operationId"]]) for op in operations),
    )
    lines += table(
        f"WebSocket channels (contract {websocket['version']})",
        ("channel", "messages"),
        (
            (
                (channel, ", ".join(dict.fromkeys(websocket["messages"][key]["name"] for key in keys))),
                rows.WEBSOCKET[channel],
            )
            for channel, keys in websocket["channels"].items()
        ),
    )
    lines += table(
        "FIX messages (dictionary 1.03 and market data)",
        ("35=", "name"),
        (((msgtype, message["name"]), rows.FIX_MESSAGES[msgtype]) for msgtype, message in fix["messages"].items()),
    )
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(render())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} written\n")
