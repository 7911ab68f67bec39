"""Derive the facts of Kalshi's contracts as data without prose.

    python scripts/contract_facts.py OPENAPI.yaml ASYNCAPI.yaml FIX_DICTIONARY.xml

writes tests/conformance/contract/{rest,websocket,fix}.json: paths, parameters, field names, types, enums,
bounds, defaults and what is required; no descriptions, no examples. Run it again when a contract changes,
then `make compatibility`.
"""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

OUT = Path(__file__).resolve().parent.parent / "tests" / "conformance" / "contract"
METHODS = ("get", "post", "put", "patch", "delete")

PLAIN = (
    "type", "format", "enum", "const", "nullable", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "default", "required", "deprecated",
)  # fmt: skip

# The dictionary has no market data messages; Kalshi's FIX market data page has: "name tag", ? = not required.
MARKET_DATA = {
    "V": ("MarketDataRequest", "SubscriptionRequestType 263, NoRelatedSym 146 ?, Symbol 55 ?"),
    "W": (
        "MarketDataSnapshotFullRefresh",
        "Symbol 55, NoMDEntries 268, MDEntryType 269, MDEntryPx 270, MDEntrySize 271, MDEntryDate 272, MDEntryTime 273",
    ),
    "X": (
        "MarketDataIncrementalRefresh",
        (
            "NoMDEntries 268, MDUpdateAction 279, Symbol 55, MDEntryType 269, MDEntryPx 270, MDEntrySize 271, "
            "MDEntryDate 272, MDEntryTime 273, AggressorSide 2446 ?"
        ),
    ),
    "Y": ("MarketDataRequestReject", "MDReqRejReason 281 ?, Text 58 ?"),
    "e": ("SecurityStatusRequest", "SubscriptionRequestType 263, Symbol 55"),
    "f": ("SecurityStatus", "Symbol 55, SecurityTradingStatus 326"),
}


def name_of(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def schema_facts(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema without its prose; `$ref` becomes {"ref": name}."""
    if "$ref" in schema:
        return {"ref": name_of(schema["$ref"])}
    facts = {key: schema[key] for key in PLAIN if key in schema}
    if "properties" in schema:
        facts["properties"] = {name: schema_facts(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        facts["items"] = schema_facts(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        facts["additionalProperties"] = schema_facts(schema["additionalProperties"])
    elif "additionalProperties" in schema:
        facts["additionalProperties"] = schema["additionalProperties"]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            facts[key] = [schema_facts(inner) for inner in schema[key]]
    return facts


def body_facts(content: dict[str, Any] | None) -> dict[str, Any] | None:
    """The schema of a JSON body, or None for no body."""
    schema = (content or {}).get("application/json", {}).get("schema")
    return None if schema is None else schema_facts(schema)


def rest_facts(openapi: dict[str, Any]) -> dict[str, Any]:
    """{"version", "operations": [...], "schemas": {...}} of an OpenAPI 3.0 document."""
    components = openapi["components"]

    def parameter(entry: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in entry:
            entry = components["parameters"][name_of(entry["$ref"])]
        facts = {"name": entry["name"], "in": entry["in"], "required": entry.get("required", False)}
        facts["schema"] = schema_facts(entry.get("schema", {}))
        for key in ("style", "explode", "deprecated"):
            if key in entry:
                facts[key] = entry[key]
        return facts

    def response(entry: dict[str, Any]) -> dict[str, Any] | None:
        if "$ref" in entry:
            entry = components["responses"][name_of(entry["$ref"])]
        return body_facts(entry.get("content"))

    operations = []
    everywhere = openapi.get("security", [])
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            request = operation.get("requestBody")
            parameters = (*item.get("parameters", ()), *operation.get("parameters", ()))
            operations.append(
                {
                    "operationId": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "public": not operation.get("security", everywhere),
                    "deprecated": operation.get("deprecated", False),
                    "parameters": [parameter(entry) for entry in parameters],
                    "request": None if request is None else body_facts(request.get("content")),
                    "request_required": bool(request and request.get("required", False)),
                    "responses": {str(status): response(answer) for status, answer in operation["responses"].items()},
                }
            )
    schemas = {name: schema_facts(schema) for name, schema in components["schemas"].items()}
    return {"version": openapi["info"]["version"], "operations": operations, "schemas": schemas}


def websocket_facts(asyncapi: dict[str, Any]) -> dict[str, Any]:
    """{"version", "channels": {channel: [message]}, "messages": {...}, "schemas": {...}, "error_codes": [...]}."""
    messages = {
        key: {"name": message.get("name", key), "payload": schema_facts(message.get("payload", {}))}
        for key, message in asyncapi["components"]["messages"].items()
    }
    return {
        "version": asyncapi["info"]["version"],
        "channels": {
            channel: [name_of(message["$ref"]) for message in entry.get("messages", {}).values()]
            for channel, entry in asyncapi["channels"].items()
        },
        "messages": messages,
        "schemas": {name: schema_facts(schema) for name, schema in asyncapi["components"]["schemas"].items()},
        "error_codes": sorted(row["code"] for row in asyncapi["x-error-codes"]["codes"]),
    }


def fix_facts(dictionary: ET.Element) -> dict[str, Any]:
    """{"messages": {msgtype: {"name", "category", "fields"}}, "components", "fields": {name: {tag, type, values}}}."""

    def members(node: ET.Element) -> list[dict[str, Any]]:
        rows = []
        for child in node:
            row: dict[str, Any] = {
                "kind": child.tag,
                "name": child.get("name"),
                "required": child.get("required") == "Y",
            }
            if child.tag == "group":
                row["members"] = members(child)
            rows.append(row)
        return rows

    fields = {
        field.get("name", ""): {
            "tag": int(field.get("number", "0")),
            "type": field.get("type"),
            "values": [value.get("enum") for value in field.findall("value")],
        }
        for field in dictionary.findall("fields/field")
    }
    messages = {
        message.get("msgtype", ""): {
            "name": message.get("name"),
            "category": message.get("msgcat"),
            "members": members(message),
        }
        for message in dictionary.findall("messages/message")
    }
    for msgtype, (name, table) in MARKET_DATA.items():
        rows = [row.split() for row in table.split(",")]
        messages[msgtype] = {
            "name": name,
            "category": "app",
            "members": [{"kind": "field", "name": row[0], "required": row[-1] != "?"} for row in rows],
        }
        for row in rows:
            fields.setdefault(row[0], {"tag": int(row[1]), "type": None, "values": []})
    return {
        "header": members(node) if (node := dictionary.find("header")) is not None else [],
        "trailer": members(node) if (node := dictionary.find("trailer")) is not None else [],
        "components": {c.get("name", ""): members(c) for c in dictionary.findall("components/component")},
        "messages": messages,
        "fields": fields,
    }


def write(name: str, facts: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n")
    print(f"{path.relative_to(OUT.parent.parent.parent)}: {path.stat().st_size:,} bytes")


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    openapi, asyncapi, dictionary = arguments
    write("rest", rest_facts(yaml.safe_load(Path(openapi).read_text())))
    write("websocket", websocket_facts(yaml.safe_load(Path(asyncapi).read_text())))
    write("fix", fix_facts(ET.parse(dictionary).getroot()))  # noqa: S314  (a contract file we were given, not traffic)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
