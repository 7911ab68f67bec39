"""Writes ui/src/api/schema.d.ts from the venue's own OpenAPI document: `python scripts/ui_types.py [--check]`.

Only Kalshi's paths are in it: the sandbox's own answers are few and described by hand in ui/src/api/sandbox.ts.
With --check nothing is written; the status says whether the file is what it would be.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import httpx

from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.rest.app import API, build
from exchange.projections.views import Projections

UI = Path(__file__).parents[1] / "ui"
TYPES = UI / "src" / "api" / "schema.d.ts"


async def document() -> dict[str, Any]:
    """The OpenAPI document, without what only the sandbox has. Describing needs no venue behind the routes."""
    nobody = cast(Any, None)
    context = VenueContext(nobody, Projections(), nobody, nobody, nobody, nobody, nobody, GatewaySettings())
    transport = httpx.ASGITransport(app=build(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
        whole: dict[str, Any] = (await client.get("/openapi.json")).json()
    whole["paths"] = {path: item for path, item in whole["paths"].items() if path.startswith(API)}
    return whole


def types_of(whole: dict[str, Any]) -> str:
    """openapi-typescript's output; needs `npm ci` to have run in ui/. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        described, made = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        described.write_text(json.dumps(whole))
        command = ["node_modules/.bin/openapi-typescript", str(described), "-o", str(made)]
        subprocess.run(command, cwd=UI, check=True, capture_output=True)  # noqa: S603  # our own two files
        return made.read_text()


def main() -> int:
    types = types_of(asyncio.run(document()))
    if "--check" not in sys.argv[1:]:
        TYPES.write_text(types)
        return 0
    if TYPES.is_file() and TYPES.read_text() == types:
        return 0
    print(f"{TYPES.relative_to(UI.parent)} is stale; `make ui-types` writes it anew")
    return 1


if __name__ == "__main__":
    sys.exit(main())
