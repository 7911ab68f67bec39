"""A certificate for the FIX doors, made once and kept in the folder: its own authority, so clients trust one file.

    STATE/tls/certificate.pem   what a client is told to trust
              key.pem (0600)

Knows X.509. Refuses to know who serves it.
"""

import datetime as dt
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = dt.timedelta(days=825)
RENEW_BEFORE = dt.timedelta(days=30)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def kept_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """(certificate, key) for loopback and `host`: those in the folder while they are good, else new ones."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    now = dt.datetime.now(dt.UTC)
    names = [_name(host) for host in dict.fromkeys((*LOOPBACK, host))]
    if not (key.exists() and certificate.exists() and _is_good(certificate, names, now)):
        folder.mkdir(parents=True, exist_ok=True)
        _make(certificate, key, names, now)
    return certificate, key


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _is_good(path: Path, names: list[x509.GeneralName], now: dt.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return set(names) <= set(covered) and certificate.not_valid_after_utc - now > RENEW_BEFORE


def _make(certificate: Path, key: Path, names: list[x509.GeneralName], now: dt.datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mock-kalshi FIX")])
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
