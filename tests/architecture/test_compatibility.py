"""docs/COMPATIBILITY.md tells the truth: complete, up to date, and every proof it names exists."""

import ast
import importlib.util
from pathlib import Path

from exchange.gateways.rest.absent import ABSENT

ROOT = Path(__file__).resolve().parents[2]


def _script():
    spec = importlib.util.spec_from_file_location("compatibility", ROOT / "scripts" / "compatibility.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = _script()
rows = script.coverage()
ALL_ROWS = {
    f"{table} {name}": row
    for table in ("REST", "WEBSOCKET", "FIX_MESSAGES")
    for name, row in getattr(rows, table).items()
}


def test_page_is_what_the_script_renders():
    assert script.PAGE.read_text() == script.render(), "run `make compatibility`"


def test_every_rest_operation_of_the_contract_has_a_row():
    assert set(rows.REST) == {operation["operationId"] for operation in script.contract("rest")["operations"]}


def test_every_websocket_channel_of_the_contract_has_a_row():
    assert set(rows.WEBSOCKET) == set(script.contract("websocket")["channels"])


def test_every_fix_message_of_the_contract_has_a_row():
    assert set(rows.FIX_MESSAGES) == set(script.contract("fix")["messages"])


def test_rows_called_absent_are_the_operations_that_answer_501():
    assert {name for name, row in rows.REST.items() if row.level == "absent"} == {entry[2] for entry in ABSENT}


def test_every_named_proof_exists():
    named = {row.test for row in ALL_ROWS.values() if row.test}
    assert {test for test in named if not _exists(test)} == set()


def test_every_published_client_is_installed_in_the_version_that_is_named_and_its_walk_exists():
    installed = (ROOT / ".ci" / "run").read_text() + (ROOT / "pyproject.toml").read_text()
    assert [client for client in rows.CLIENTS if client.requirement not in installed or not _exists(client.test)] == []


def test_every_row_that_is_not_absent_names_a_proof():
    assert {name for name, row in ALL_ROWS.items() if (row.level == "absent") == bool(row.test)} == set()


def test_every_partial_row_says_what_is_missing():
    assert {name for name, row in ALL_ROWS.items() if row.level == "partial" and not row.note} == set()


def _exists(test):
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return False
    wanted = name.split("::")[-1].split("[")[0]
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == wanted
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
    )
