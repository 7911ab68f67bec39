"""Lines to copy: how curl and each popular client reach this venue."""

import shlex

from sandbox.readers import url_variable
from sandbox.state_dir import KeyFile, RunInfo, StateDir


def environment(run: RunInfo, state: StateDir) -> dict[str, str]:
    """The variables scripts rely on: the address, and the key of the first and of the second account."""
    values = {"KALSHI_API_BASE_URL": run.base_url, "KALSHI_WS_URL": run.ws_url}
    if run.fix_ports:
        values["KALSHI_FIX_HOST"] = run.reachable_host
    if run.fix_ca:
        values["KALSHI_FIX_CA_PATH"] = run.fix_ca
    for kind, port in run.fix_ports.items():
        values[f"KALSHI_FIX_{kind}_PORT"] = str(port)
    if run.kafka:
        values["KAFKA_BOOTSTRAP_SERVERS"] = run.kafka
    values |= {url_variable(name): url for name, url in run.readers.items()}
    first_keys: dict[str, KeyFile] = {}
    for key in state.known_keys():
        first_keys.setdefault(key.account, key)
    for suffix, key in zip(("", "_2"), first_keys.values(), strict=False):
        values[f"KALSHI_KEY_ID{suffix}"] = key.key_id
        values[f"KALSHI_PRIVATE_KEY_PATH{suffix}"] = str(state.pem_path(key))
    return values


def env_lines(values: dict[str, str]) -> str:
    """NAME=value lines that a shell and an env file both read."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def state_option(state: StateDir) -> str:
    """The option that names this folder from wherever it is typed."""
    return f" --state {shlex.quote(str(state.path))}"


def snippets(run: RunInfo, state: StateDir, key: KeyFile, ticker: str) -> dict[str, str]:
    """Client -> code, for a market of this venue."""
    pem, base = state.pem_path(key), run.base_url
    option = state_option(state)
    order = (
        f'{{"ticker":"{ticker}","side":"bid","price":"0.9900","count":"1.00",'
        '"time_in_force":"immediate_or_cancel","self_trade_prevention_type":"taker_at_cross"}'
    )
    # pip chooses 3.2.0 on a Python before 3.13.
    v1 = "" if run.api == "v1" else " (3.2.0 and its like order by the retired V1: up --api v1)"
    lines = {
        "curl": (
            f"curl -s '{base}/markets?status=open&limit=3'",
            f"mock-kalshi curl GET /portfolio/balance{option}",
            f"mock-kalshi curl POST /portfolio/events/orders{option} -d '{order}'",
        ),
        "kalshi-sdk": (
            f'set -a; eval "$(mock-kalshi status{option} -o env)"; set +a',
            "python -c 'from kalshi import KalshiClient; print(KalshiClient.from_env().portfolio.balance())'",
        ),
        "pykalshi": (
            "from pykalshi import KalshiClient",
            f'client = KalshiClient("{key.key_id}", "{pem}", api_base="{base}")',
            "print(client.portfolio.get_balance())",
        ),
        f"kalshi-python-sync{v1}": (
            "from kalshi_python_sync import Configuration, KalshiClient",
            f'configuration = Configuration(host="{base}")',
            f'configuration.api_key_id = "{key.key_id}"',
            f'configuration.private_key_pem = open("{pem}").read()',
            "print(KalshiClient(configuration).get_balance())",
        ),
    }
    return {client: "\n".join(code) for client, code in lines.items()}
