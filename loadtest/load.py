"""`python -m loadtest load`: a minute of REST, WebSocket and FIX users, a table, an HTML report, and a verified venue.

Starts a venue of its own, or takes `--host`, makes markets and accounts in it over /sandbox, and runs Locust
(loadtest/locustfile.py) on the interpreter of `--python`: Locust patches the standard library for gevent, so it has an
environment of its own (`make load` makes it).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loadtest.own_venue import NotOurs, ask, check_loopback, own_venue
from wire import signing

HERE = Path(__file__).parent
PROFILES = HERE / "profiles"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtest load", description=(__doc__ or "").splitlines()[0])
    names = sorted(file.stem for file in PROFILES.glob("*.toml"))
    parser.add_argument("--profile", choices=names, default="game-night")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--users", type=int, help="of all kinds together, instead of the profile's")
    parser.add_argument("--markets", type=int, default=5)
    parser.add_argument("--host", metavar="URL", help="a venue that runs on this machine, without FIX users")
    parser.add_argument("--python", default=sys.executable, help="of an environment with locust")
    parser.add_argument("--report", type=Path, default=HERE / "results" / "load.html")
    options = parser.parse_args(arguments)
    profile = tomllib.loads((PROFILES / f"{options.profile}.toml").read_text())
    try:
        with ExitStack() as stack:
            if options.host:
                root, run = check_loopback(options.host), {"fix_ports": {}}
            else:
                fix = ("--fix", "--fix-port-base", "0")
                root, _, run = stack.enter_context(own_venue("empty", *fix))
            return _load(root, run["fix_ports"].get("NR", 0), profile, options)
    except NotOurs as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 2


def shares(profile: dict[str, Any], users: int | None, fix: bool) -> dict[str, int]:
    """How many users of each kind; of `users` in the profile's proportions, and one of each at least."""
    wanted = {kind: profile["users"][kind] for kind in ("rest", "websocket", "fix")}
    if not fix:
        wanted["fix"] = 0
    if users is not None:
        total = sum(wanted.values())
        wanted = {kind: max(1, users * number // total) if number else 0 for kind, number in wanted.items()}
    return wanted


def _load(root: str, fix_port: int, profile: dict[str, Any], options: argparse.Namespace) -> int:
    users = shares(profile, options.users, bool(fix_port))
    options.report.parent.mkdir(parents=True, exist_ok=True)
    key = signing.generate_key("ed25519")
    tickers = [
        ask(root, "POST", "/markets", {"ticker": f"KXLOAD-{os.getpid()}-M{n}"})["ticker"]
        for n in range(options.markets)
    ]
    accounts = {
        kind: [_account(root, key, f"load-{os.getpid()}-{kind}-{number}") for number in range(count)]
        for kind, count in users.items()
    }
    scene = {
        "root": root,
        "fix_port": fix_port,
        "private_key_pem": signing.private_pem(key),
        "tickers": tickers,
        "keys": accounts,
        "profile": profile,
    }
    with tempfile.TemporaryDirectory(prefix="mock-kalshi-load-") as folder:
        file = Path(folder) / "scene.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(scene))
        total = sum(users.values())
        print(f"{options.profile}: {users} against {root} for {options.seconds} s", flush=True)
        done = subprocess.run(
            [
                *(options.python, "-m", "locust", "-f", str(HERE / "locustfile.py"), "--headless", "--only-summary"),
                *("--host", root, "-u", str(total), "-r", str(max(total // 3, 5)), "-t", f"{options.seconds}s"),
                *("--stop-timeout", "5", "--html", str(options.report), "--loglevel", "WARNING"),
            ],
            env=os.environ | {"LOADTEST_SCENE": str(file), "PYTHONPATH": str(HERE.parent)},
            check=False,
        )
    verified = ask(root, "GET", "/verify")
    rate = verified["seq"] / options.seconds
    print(
        f"venue: {verified['seq']:,} commands ({rate:,.0f} a second), verify {'ok' if verified['ok'] else 'FAILED'}, "
        f"invariants {'hold' if not verified['invariants_broken'] else verified['invariants_broken']}"
    )
    print(f"report: {options.report}")
    return done.returncode or int(not verified["ok"])


def _account(root: str, key: signing.PrivateKey, name: str) -> str:
    """A key id."""
    body = {"name": name, "balance": "100000000", "public_key_pem": signing.public_pem(key)}
    return str(ask(root, "POST", "/accounts", body)["key_id"])
