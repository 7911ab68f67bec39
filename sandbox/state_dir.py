"""A venue's folder: who runs in it, whose keys are in it, and that only one venue does.

    STATE/lock            held (flock) by the running venue
          run.json        pid, address; there while a venue answers, gone afterwards
          venue.log       output of a detached venue
          building        there from before a first start writes anything until the venue is whole
          agents.json     the accounts that the crowd trades with
          beginning.json  what the venue began with (sandbox/beginning.py)
          tapes.json      tickers of the tapes that were begun and have not ended
          tape.json       the tape on the deck and where it is
          tapes/          recordings for the deck, unless `up --tapes` says where; yours, kept by a reset
          keys/           <account>.pem (0600) and index.json: which key id belongs to which file
          tls/            certificate.pem and key.pem of the FIX doors (sandbox/certificate.py)
          api_keys.json, fix/, journal/, history.sqlite    the venue's own
          kafka/          data of the broker of `--kafka local`
          rebuilder/      the rebuilder's checkpoints
          logs/           output of the readers beside the venue

Knows files. Refuses to know what a venue does.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

DEFAULT = Path(".mock-kalshi")

VENUE_ENTRIES = (
    "agents.json",
    "beginning.json",
    "tapes.json",
    "tape.json",
    "keys",
    "api_keys.json",
    "api_keys.new",
    "fix",
    "journal",
    "kafka",
    "rebuilder",
    "tls",
)
"""What a venue is, besides history.sqlite and its companions; anything else in the folder is left alone."""

BUILDING = "building"


class StateError(Exception):
    """The folder is not in the state it would have to be; the message says what to do."""


def reachable(host: str) -> str:
    """Where on this machine a server that listens at `host` is found."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def authority(host: str, port: int) -> str:
    """host:port as URLs write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Where the running venue is."""

    pid: int
    host: str
    port: int
    api: str
    durability: str
    scenario: str
    started_us: int
    is_new: bool
    """It began with the scenario; otherwise it went on where it was."""
    replayed: int
    """Records applied again by recovery."""
    began_again: bool = False
    """An earlier first start had died before the venue was whole."""
    example: str = ""
    """A market to try things with: open now when there is one."""
    funds: dict[int, int] = {}
    """Member -> Money in its primary account when the venue started."""
    interrupted: tuple[str, ...] = ()
    """What became of each tape that an earlier start did not play to its end, in a sentence."""
    fix_ports: dict[str, int] = {}
    """The port of each FIX session kind that is served: NR, DC ..."""
    kafka: str = ""
    """Bootstrap servers of the Kafka the log is published to, empty = none."""
    readers: dict[str, str] = {}
    """Where each reader beside the venue answers."""
    fix_ca: str = ""
    """The certificate a FIX client is to trust, a PEM file; "" = FIX is plain TCP."""

    @property
    def base_url(self) -> str:
        return f"http://{self._authority}/trade-api/v2"

    @property
    def ws_url(self) -> str:
        return f"ws://{self._authority}/trade-api/ws/v2"

    @property
    def root_url(self) -> str:
        return f"http://{self._authority}"

    @property
    def reachable_host(self) -> str:
        """A venue that listens everywhere is reached here by loopback, the one place clients accept plain http."""
        return reachable(self.host)

    @property
    def _authority(self) -> str:
        return authority(self.reachable_host, self.port)


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """An API key whose private half is in this folder."""

    account: str
    member: int
    key_id: str
    pem: str
    """File name inside keys/."""
    key_type: str = "rsa"
    scopes: tuple[str, ...] = ("read", "write")
    """As the key was made."""


class StateDir:
    """One venue's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.log = self.path / "venue.log"
        self.beginning = self.path / "beginning.json"
        self.tls = self.path / "tls"
        self._tapes = self.path / "tapes.json"
        self.deck = self.path / "tape.json"
        self._building = self.path / BUILDING
        self._journal = self.path / "journal"
        self._lock = self.path / "lock"
        self._run = self.path / "run.json"
        self._keys = self.path / "keys"

    # --- who runs ---

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for a venue. Raises StateError when another one has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._in_use() from None
            self._run.unlink(missing_ok=True)
            yield

    def check_free(self) -> None:
        """Raises StateError when a venue holds the folder; unlike `lock`, leaves nothing in it."""
        if self.is_locked():
            raise self._in_use()

    def _in_use(self) -> StateError:
        run = self.run_info()
        who = f"pid {run.pid} at {run.root_url}" if run else "a venue that is starting or stopping"
        return StateError(f"{self.path} is in use by {who}; stop it with `mock-kalshi down`, or choose another --state")

    def is_locked(self) -> bool:
        """Whether a venue holds the folder now."""
        if not self._lock.exists():
            return False
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def write_run(self, run: RunInfo) -> None:
        """Say that the venue answers."""
        fresh = self._run.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(run))
        fresh.replace(self._run)

    def remove_run(self) -> None:
        self._run.unlink(missing_ok=True)

    def run_info(self) -> RunInfo | None:
        """What the last venue to become ready wrote; it may be dead by now."""
        try:
            return msgspec.json.decode(self._run.read_bytes(), type=RunInfo)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def running(self) -> RunInfo:
        """Where the venue is. Raises StateError when there is none."""
        run = self.run_info()
        if run is None or not self.is_locked():
            raise StateError(
                f"no venue is running in {self.path}; start one with `mock-kalshi up`, or name the folder of one "
                "that runs with --state DIR or MOCK_KALSHI_STATE"
            )
        return run

    # --- the first start ---

    def is_unfinished(self) -> bool:
        """Whether a first start died before the venue was whole; nobody ever got an answer from it."""
        return self._building.exists()

    def has_journal(self) -> bool:
        """Whether anything was ever journaled here."""
        kept = (*self._journal.glob("*.log"), *self._journal.glob("*.snapshot"))
        return any(path.stat().st_size for path in kept)

    def begin(self) -> None:
        """A first start begins, with nothing of an earlier one. Call while holding the lock."""
        self._building.touch()
        _sync(self._building)
        _sync(self.path)
        self._remove(VENUE_ENTRIES)

    def complete(self) -> None:
        """The venue is whole: later starts recover it. Call before anybody can be answered."""
        self._building.unlink(missing_ok=True)
        _sync(self.path)

    # --- tapes ---

    def tapes(self) -> list[str]:
        """Tickers of the tapes that were begun and have not ended."""
        try:
            return msgspec.json.decode(self._tapes.read_bytes(), type=list[str])
        except (FileNotFoundError, msgspec.MsgspecError):
            return []

    def write_tapes(self, tickers: Iterable[str]) -> None:
        fresh = self._tapes.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(list(tickers)))
        fresh.replace(self._tapes)

    # --- keys ---

    def add_key(
        self,
        account: str,
        member: int,
        key_id: str,
        pem: str,
        key_type: str = "rsa",
        scopes: Iterable[str] = ("read", "write"),
    ) -> KeyFile:
        """Store a private key as <account>.pem, <account>-2.pem ..., readable by its owner only."""
        self._keys.mkdir(parents=True, exist_ok=True)
        known = self.known_keys()
        number = 1 + sum(key.account == account for key in known)
        name = f"{account}.pem" if number == 1 else f"{account}-{number}.pem"
        descriptor = os.open(self._keys / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(pem)
        key = KeyFile(account=account, member=member, key_id=key_id, pem=name, key_type=key_type, scopes=tuple(scopes))
        fresh = self._keys / "index.new"
        fresh.write_bytes(msgspec.json.encode([*known, key]))
        fresh.replace(self._keys / "index.json")
        return key

    def known_keys(self) -> list[KeyFile]:
        """Every key with its private half here, oldest first."""
        try:
            return msgspec.json.decode((self._keys / "index.json").read_bytes(), type=list[KeyFile])
        except FileNotFoundError:
            return []

    def pem_path(self, key: KeyFile) -> Path:
        return self._keys / key.pem

    def keys_of(self, account: str | None) -> list[KeyFile]:
        """The keys of an account, of the first account when None, oldest first. Raises StateError when it has none."""
        keys = self.known_keys()
        wanted = keys[0].account if account is None and keys else account
        found = [key for key in keys if key.account == wanted]
        if not keys:
            raise StateError(f"{self.path} has no account with a key; `mock-kalshi account create NAME` makes one")
        if not found:
            known = ", ".join(dict.fromkeys(key.account for key in keys))
            raise StateError(f"{self.path} has no key of account {account!r}; accounts with keys: {known}")
        return found

    def key_of(self, account: str | None) -> KeyFile:
        """The first key of an account, of the first account when None. Raises StateError."""
        return self.keys_of(account)[0]

    def key_by_id(self, key_id: str) -> KeyFile:
        """The key of this id. Raises StateError when its private half is not here."""
        for key in self.known_keys():
            if key.key_id == key_id:
                return key
        raise StateError(f"{self.path} has no private half of key {key_id}; `mock-kalshi keys list` shows the keys")

    # --- the end ---

    def is_used(self) -> bool:
        """Whether a venue ever was here."""
        return any((self.path / name).exists() for name in (*VENUE_ENTRIES, BUILDING, "lock", "history.sqlite"))

    def clear(self) -> list[Path]:
        """Delete what a venue left, nothing else; returns what was there. Call while holding the lock."""
        # A reset that dies half-way must leave a venue that begins again and not half of one.
        self._building.touch()
        found = self._remove((*VENUE_ENTRIES, "run.json", "venue.log", "logs"))
        self._building.unlink()
        return found

    def _remove(self, names: Iterable[str]) -> list[Path]:
        found = [*sorted(self.path.glob("history.sqlite*")), *(self.path / name for name in names)]
        found = [path for path in found if path.exists()]
        for path in found:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        return found


def _sync(path: Path) -> None:
    """Have a file or folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
