"""Client certificates of any subject and time, and keys in files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

START = datetime(2026, 1, 1, tzinfo=UTC)
UID = x509.ObjectIdentifier("1.3.6.1.4.1.57683.2")
_KEY = ec.generate_private_key(ec.SECP256R1())


def write_key(path: Path, key: PrivateKey) -> Path:
    """PEM without a password."""
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def client_certificate(
    names: Sequence[str] = ("jane",),
    groups: Sequence[str] = (),
    uids: Sequence[str] = (),
    *,
    hours: float = 1,
    begins: datetime = START,
) -> bytes:
    """DER. Who signs makes no difference: that is looked at by TLS."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False) for name in names]
    attributes += [x509.NameAttribute(UID, uid, _validate=False) for uid in uids]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
        .public_key(_KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(hours=hours))
    )
    return builder.sign(_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
