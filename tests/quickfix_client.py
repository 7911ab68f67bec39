"""QuickFIX for Python in a process of its own: `python -m tests.quickfix_client CONFIG PEM`, until its input ends.

Prints what it hears, a message a line, its Logon as `35=A`. Signs with the `toAdmin` of docs/fix.md. Not inside a
test's own process: QuickFIX was seen to close a descriptor of the venue's after its TLS connection was lost.
"""

import base64
import sys
from pathlib import Path

import quickfix
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from tests.fix_page import blocks

names = {"quickfix": quickfix, "base64": base64, "hashes": hashes, "padding": padding}
(signing_method,) = (block for block in blocks("python") if "def toAdmin" in block)
exec(signing_method, names)


class Application(quickfix.Application):
    key = serialization.load_pem_private_key(Path(sys.argv[2]).read_bytes(), None)
    toAdmin = names["toAdmin"]  # noqa: N815

    def onLogon(self, session_id):  # noqa: N802
        print("35=A", flush=True)

    def fromApp(self, message, session_id):  # noqa: N802
        print(message.toString(), flush=True)

    def onCreate(self, session_id): ...  # noqa: N802
    def onLogout(self, session_id): ...  # noqa: N802
    def fromAdmin(self, message, session_id): ...  # noqa: N802
    def toApp(self, message, session_id): ...  # noqa: N802


settings = quickfix.SessionSettings(sys.argv[1])
application, store, log = Application(), quickfix.FileStoreFactory(settings), quickfix.FileLogFactory(settings)
speaks_tls = "CertificationAuthoritiesFile" in Path(sys.argv[1]).read_text()
start = quickfix.SSLSocketInitiator if speaks_tls else quickfix.SocketInitiator
initiator = start(application, store, settings, log)
initiator.start()
sys.stdin.read()
initiator.stop()
