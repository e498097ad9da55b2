"""The cluster's certificates and keys, made at first start and kept in the data directory.

Names follow kubeadm: ``ca``, ``apiserver``, ``apiserver-kubelet-client``, ``sa``. Keys are elliptic-curve P-256; files
are readable by their owner only.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mini_server.kv.datadir import sync_directory
from pykubectl.machinery.util.clock import Clock, RealClock

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_CA_DAYS, _CERTIFICATE_DAYS = 3650, 365
_RENEW_BEFORE = timedelta(days=30)
_ALIASES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Paths of a certificate and its key, both PEM."""

    certificate: Path
    key: Path


class PKI:
    """Makes what is missing, about to expire, or of no use with the rest, in one directory.

    Raises ValueError that names the file where the CA cannot be read, OSError where nothing can be written.
    """

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        self.directory = directory
        self._clock = clock or RealClock()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in directory.glob("*.key"):
            _make_private(key)
        self.ca = self._pair("ca")
        if not (self.ca.certificate.exists() and self.ca.key.exists()):
            self._make_ca()
        self._ca_key, self._ca = _read_key(self.ca.key), _read_certificate(self.ca.certificate)
        if not _belong(self._ca, self._ca_key):
            raise ValueError(f"{self.ca.key} is not the key of {self.ca.certificate}")

    @property
    def ca_pem(self) -> bytes:
        """The CA's certificate."""
        return self._ca.public_bytes(serialization.Encoding.PEM)

    def serving(self, name: str, hosts: Sequence[str]) -> KeyPair:
        """A serving certificate for host names and addresses."""
        return self._signed(name, x509.Name([_attribute(NameOID.COMMON_NAME, name)]), hosts)

    def client(self, name: str, user: str, groups: Sequence[str] = ()) -> KeyPair:
        """A client certificate for a user of some groups."""
        attributes = [_attribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        return self._signed(name, x509.Name([*attributes, _attribute(NameOID.COMMON_NAME, user)]), ())

    def signing_key(self, name: str) -> Path:
        """A private key for signing tokens."""
        path = self.directory / f"{name}.key"
        if not path.exists():
            _write(path, _key_pem(ec.generate_private_key(ec.SECP256R1())))
        return path

    def _pair(self, name: str) -> KeyPair:
        return KeyPair(self.directory / f"{name}.crt", self.directory / f"{name}.key")

    def _make_ca(self) -> None:
        # With the key of before, what it has signed stays good.
        key = _read_key(self.ca.key) if self.ca.key.exists() else ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([_attribute(NameOID.COMMON_NAME, "kubernetes")])
        usage = x509.KeyUsage(True, False, True, False, False, True, False, False, False)
        certificate = (
            self._builder(name, name, key.public_key(), _CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self.ca.key, _key_pem(key))
        _write(self.ca.certificate, certificate.public_bytes(serialization.Encoding.PEM))

    def _signed(self, name: str, subject: x509.Name, hosts: Sequence[str]) -> KeyPair:
        pair = self._pair(name)
        if self._is_good(pair, subject, hosts):
            return pair
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
        issuer_key = self._ca_key.public_key()
        builder = (
            self._builder(subject, self._ca.subject, key.public_key(), _CERTIFICATE_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
        )
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        _write(pair.key, _key_pem(key))
        _write(pair.certificate, builder.sign(self._ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return pair

    def _is_good(self, pair: KeyPair, subject: x509.Name, hosts: Sequence[str]) -> bool:
        """Whether a pair is there, good for a while, for that subject and those hosts, and of this CA."""
        if not (pair.certificate.exists() and pair.key.exists()):
            return False
        try:
            key, certificate = _read_key(pair.key), _read_certificate(pair.certificate)
            certificate.verify_directly_issued_by(self._ca)
        except (ValueError, TypeError, InvalidSignature):
            return False
        if certificate.subject != subject or not _belong(certificate, key):
            return False
        if certificate.not_valid_after_utc - _RENEW_BEFORE < self._clock.now():
            return False
        if not hosts:
            return True
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {_general_name(host) for host in hosts} <= set(names)

    def _builder(self, subject: x509.Name, issuer: x509.Name, key: PublicKey, days: int) -> x509.CertificateBuilder:
        now = self._clock.now()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            # A caller's clock may be a little behind.
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=days))
        )


def api_server_hosts(advertised: str, service_ip: str) -> list[str]:
    """What the API server's certificate must stand for."""
    return list(dict.fromkeys(["localhost", *_ALIASES, "127.0.0.1", "::1", service_ip, advertised]))


def _attribute(oid: x509.ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(oid, value)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _read_key(path: Path) -> PrivateKey:
    """Raises ValueError that names the file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"{path} is damaged: it holds no private key in PEM form")
    return key


def _read_certificate(path: Path) -> x509.Certificate:
    """Raises ValueError that names the file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise ValueError(f"{path} is damaged: it holds no certificate in PEM form") from None


def _belong(certificate: x509.Certificate, key: PrivateKey) -> bool:
    return certificate.public_key() == key.public_key()


def _key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make_private(path: Path) -> None:
    """Takes away what others may do with a file, as after it has been copied from somewhere."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    temporary = path.with_suffix(path.suffix + ".new")
    # Left behind by a start that was killed: it must not be written to, for it may be open to others.
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)
