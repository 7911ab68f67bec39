"""What the FIX doors need to speak TLS: a certificate and its key, read from PEM files."""

import ssl
from pathlib import Path
from typing import NamedTuple

import structlog

_log = structlog.get_logger("fix")


class TlsFiles(NamedTuple):
    """Two PEM files: the certificate with what stands between it and its authority, and its private key."""

    certificate: Path
    key: Path


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer, as Kalshi asks for (FIX/connectivity). Raises OSError, ssl.SSLError among them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    context.sslobject_class = _Handshake
    return context


class _Handshake(ssl.SSLObject):
    """Says when there is none with a client, and why: asyncio hangs up without a word, and tells nobody."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            _log.info("tls_handshake_failed", reason=error.reason)
            raise
