"""Signatures: the text a client signs, how it signs, how we check, and new key pairs.

One text for REST and the WebSocket handshake (SEMANTICS F1): timestamp, upper-case method and path, nothing
between them, no query. FIX signs header fields of its Logon (SEMANTICS H2). RSA keys use PSS with SHA-256,
Ed25519 keys sign the text itself. Refuses to know whose key it is and what time it is.
"""

import binascii
from base64 import b64encode

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey
PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

RSA_BITS = 2048
"""Size of the RSA keys we make (OAS:ApiKeyType)."""

SOH = "\x01"

_SHA256 = hashes.SHA256()
_SIGN_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)
_VERIFY_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.AUTO)
"""Any salt length passes; clients should use the digest's (SEMANTICS F1). Built once: building costs more than
a tenth of a verification."""


class KeyFormatError(ValueError):
    """A PEM text that is not a key we can use."""


def request_text(timestamp: str, method: str, path: str) -> str:
    """What a REST request or a WebSocket handshake signs; `path` from the host root, without the query."""
    return f"{timestamp}{method.upper()}{path}"


def fix_logon_text(sending_time: str, seq_num: int, sender_comp_id: str, target_comp_id: str) -> str:
    """What a FIX Logon signs: SendingTime, MsgType A, MsgSeqNum, both CompIDs, joined by SOH (SEMANTICS H2)."""
    return SOH.join((sending_time, "A", str(seq_num), sender_comp_id, target_comp_id))


def sign(key: PrivateKey, text: str) -> str:
    """The base64 signature of a text."""
    message = text.encode()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b64encode(key.sign(message)).decode()
    return b64encode(key.sign(message, _SIGN_PSS, _SHA256)).decode()


def decode_signature(text: str) -> bytes | None:
    """The bytes of a base64 signature, or None when it is not base64 (strictly: no blanks, right padding)."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def verify(key: PublicKey, signature: bytes, text: str) -> bool:
    """Whether the signature is this key's over the text."""
    message = text.encode("utf-8", "surrogateescape")
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, _VERIFY_PSS, _SHA256)
    except InvalidSignature:
        return False
    return True


def parse_public_key(pem: str) -> PublicKey:
    """An RSA or Ed25519 public key from PEM. Raises KeyFormatError."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("not a PEM public key") from error
    if not isinstance(key, rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise KeyFormatError("neither an RSA nor an Ed25519 key")
    return key


def parse_private_key(pem: str) -> PrivateKey:
    """An RSA or Ed25519 private key from PEM, unencrypted. Raises KeyFormatError."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("not a PEM private key") from error
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyFormatError("neither an RSA nor an Ed25519 key")
    return key


def key_type_of(key: PublicKey | PrivateKey) -> str:
    """`rsa` or `ed25519`: OAS:ApiKeyType."""
    return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey) else "rsa"


def generate_key(key_type: str = "rsa") -> PrivateKey:
    """A new private key of an OAS:ApiKeyType. An RSA key takes some 100 ms: not on an event loop."""
    if key_type == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def private_pem(key: PrivateKey) -> str:
    """PKCS#1 for RSA, PKCS#8 for Ed25519: what POST /api_keys/generate hands out (SEMANTICS F2)."""
    shape = serialization.PrivateFormat.PKCS8
    if isinstance(key, rsa.RSAPrivateKey):
        shape = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption()).decode()


def public_pem(key: PrivateKey) -> str:
    """The public half, as SubjectPublicKeyInfo."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
