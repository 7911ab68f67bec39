"""Records the tape that comes with the sandbox: `python scripts/demo_tape.py [SECONDS]`, at the pace of this machine.

A venue of one market, a crowd in it, our own recorder beside it: the same files as of a recording of any other host.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).parents[1] / "sandbox" / "tapes" / "included"
SECONDS = 900
SEED = 11
MIX = "game-night"
TICKER = "KXMATCHMOCK-TAPE-FOXES"

SCENARIO = f"""
name: tape
house: {{name: house, member: 1, balance: 1000000}}
accounts:
  - {{name: recorder, member: 2, balance: 100}}
  - {{name: agent-maker, member: 4, balance: 1000000}}
  - {{name: agent-provider, member: 5, balance: 200000}}
  - {{name: agent-taker-1, member: 6, balance: 200000}}
  - {{name: agent-taker-2, member: 7, balance: 200000}}
series:
  - ticker: KXMATCHMOCK
    title: Mockville league match
    category: Sports
    frequency: custom
    tags: [Football, Mockville]
    settlement_sources: [{{name: Mockville League, url: "https://example.com/league"}}]
    contract_url: https://example.com/contracts/MATCHMOCK.pdf
    contract_terms_url: https://example.com/contracts/MATCHMOCK-TERMS.pdf
    events:
      - ticker: KXMATCHMOCK-TAPE
        title: Foxes against Otters, the last quarter of an hour
        sub_title: Recorded
        markets:
          - ticker: {TICKER}
            title: Will the Foxes win?
            yes_sub_title: Foxes
            no_sub_title: Foxes
            rules_primary: If the Foxes win their match against the Otters, then the market resolves to Yes.
            open: "-1h"
            close: "+16m"
            settlement_timer: 10s
            price_level_structure: linear_cent
            strike_type: custom
            custom_strike: {{winner: Foxes}}
            liquidity: {{bid: "0.52", ask: "0.55", step: "0.01", count: 120, levels: 8}}
"""


def command(*arguments: str, **environment: str) -> str:
    """What one of our own programs printed. Raises CalledProcessError."""
    done = subprocess.run(  # noqa: S603  # our own programs
        [sys.executable, "-m", *arguments], check=True, stdout=subprocess.PIPE, env=os.environ | environment
    )
    return done.stdout.decode()


def main() -> None:
    seconds = sys.argv[1] if len(sys.argv) > 1 else str(SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        scenario, state, recorded = Path(folder) / "tape.yaml", Path(folder) / "venue", Path(folder) / "recorded"
        scenario.write_text(SCENARIO)
        sandbox = ("sandbox.cli",)
        place = ("--state", str(state))
        up = ("up", "--scenario", str(scenario), "--port", "0", "--no-fix", "--mix", MIX, "--seed", str(SEED))
        command(*sandbox, *up, "--detach", *place)
        try:
            told = command(*sandbox, "status", "-o", "env", *place)
            where = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
            where = {name: value.strip("'\"") for name, value in where.items()}
            record = ("market_data", "record", "--tickers", TICKER, "--out", str(recorded), "--no-parquet")
            command(*record, "--seconds", seconds, **where)
        finally:
            command(*sandbox, "down", *place)
        keep(recorded)


def keep(recorded: Path) -> None:
    """The recording as one small file, and its description with how the match came out."""
    lines = b"".join(gzip.decompress(path.read_bytes()) for path in sorted(recorded.glob(f"events/{TICKER}/*.gz")))
    tape = OUT / f"{TICKER}.ndjson.gz"
    tape.write_bytes(gzip.compress(lines, 9, mtime=0))
    (described,) = recorded.glob("metadata/*.json")
    body = json.loads(described.read_bytes())
    (market,) = body["response"]["markets"]
    market["result"] = "yes"
    (OUT / "metadata").mkdir(exist_ok=True)
    (OUT / "metadata" / described.name).write_text(json.dumps(body, indent=1) + "\n")
    print(f"{tape}: {len(lines.splitlines())} messages, {tape.stat().st_size} bytes")


if __name__ == "__main__":
    main()
