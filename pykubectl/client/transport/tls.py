"""TLS settings of a configuration, and its failures in Go's words.

Source of the rules: client-go ``transport/transport.go`` TLSConfigFor, Go ``crypto/x509`` for the texts.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from pykubectl.client.errors import ConfigError, ConnectionError

if TYPE_CHECKING:
    from pykubectl.client.config.rest_config import RESTConfig

# Codes of OpenSSL's X509_verify_cert_error.
_TEXTS = {
    7: "certificate signed by unknown authority",
    9: "certificate has expired or is not yet valid",
    10: "certificate has expired or is not yet valid",
    18: "certificate signed by unknown authority",
    19: "certificate signed by unknown authority",
    20: "certificate signed by unknown authority",
    21: "certificate signed by unknown authority",
    26: "certificate specifies an incompatible key usage",
}
_NAME_MISMATCH = (62, 64)
# Where Go's words for an alert are not OpenSSL's.
_ALERTS = {
    "protocol version": "protocol version not supported",
    "unknown ca": "unknown certificate authority",
    "certificate expired": "expired certificate",
    "certificate revoked": "revoked certificate",
    "certificate unknown": "unknown certificate",
    "decode error": "error decoding message",
    "decrypt error": "error decrypting message",
    "insufficient security": "insufficient security level",
}


def make_context(config: RESTConfig) -> ssl.SSLContext:
    """The TLS settings for the configuration. Raises ConfigError for certificates and keys that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        _load_roots(context, config)
    if config.client_certificate_data or config.client_certificate_file:
        _load_client_certificate(context, config)
    return context


def _load_roots(context: ssl.SSLContext, config: RESTConfig) -> None:
    data = config.ca_data
    if not data and config.ca_file:
        data = _read(config.ca_file)
    if not data:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cadata=data.decode("ascii", "ignore"))
    except ssl.SSLError as error:
        raise ConfigError("unable to load root certificates: unable to parse bytes as PEM block") from error


def _load_client_certificate(context: ssl.SSLContext, config: RESTConfig) -> None:
    certificate = config.client_certificate_data or _read(config.client_certificate_file)
    key = config.client_key_data or _read(config.client_key_file)
    pem = certificate.rstrip() + b"\n" + key
    try:
        if hasattr(os, "memfd_create"):
            _load_from_memory(context, pem)
        else:
            _load_from_file(context, pem)
    except ssl.SSLError as error:
        raise ConfigError(_key_error(error, certificate, key)) from error


def _load_from_memory(context: ssl.SSLContext, pem: bytes) -> None:
    """OpenSSL takes files only: give it one without a name, so that the key never is on a disk."""
    descriptor = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=_no_password)
    finally:
        os.close(descriptor)


def _load_from_file(context: ssl.SSLContext, pem: bytes) -> None:
    import tempfile

    descriptor, path = tempfile.mkstemp()  # readable by the owner only
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path, password=_no_password)
    finally:
        os.unlink(path)


def _no_password() -> str:
    """OpenSSL would ask the terminal for the password of an encrypted key."""
    return ""


def _key_error(error: ssl.SSLError, certificate: bytes, key: bytes) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "tls: private key does not match public key"
    if b"-----BEGIN" not in certificate:
        return "tls: failed to find any PEM data in certificate input"
    if b"-----BEGIN" not in key:
        return "tls: failed to find any PEM data in key input"
    return "tls: failed to parse certificate or private key"


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"open {path}: {(error.strerror or str(error)).lower()}") from error


def tls_error(error: ssl.SSLError, name: str, names: list[str]) -> ConnectionError:
    """What kubectl says for a failed handshake with ``name``; ``names`` are those the server's certificate is for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _NAME_MISMATCH:
            text = _mismatch(name, names)
        else:
            text = _TEXTS.get(error.verify_code, error.verify_message)
        return ConnectionError(f"tls: failed to verify certificate: x509: {text}")
    if isinstance(error, ssl.SSLEOFError) or error.reason == "UNEXPECTED_EOF_WHILE_READING":
        return ConnectionError("EOF")
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return ConnectionError("http: server gave HTTP response to HTTPS client")
    if error.reason and error.reason.startswith(("TLSV1_ALERT_", "SSLV3_ALERT_", "TLSV13_ALERT_")):
        alert = error.reason.partition("_ALERT_")[2].replace("_", " ").lower()
        return ConnectionError(f"remote error: tls: {_ALERTS.get(alert, alert)}")
    return ConnectionError(f"tls: {(error.reason or str(error)).replace('_', ' ').lower()}")


def _mismatch(name: str, names: list[str]) -> str:
    if not names and is_address(name):
        return f"cannot validate certificate for {name} because it doesn't contain any IP SANs"
    if not names:
        return f"certificate is not valid for any names, but wanted to match {name}"
    return f"certificate is valid for {', '.join(names)}, not {name}"


def is_address(name: str) -> bool:
    """Whether the server is named by its IP address."""
    return ":" in name or name.replace(".", "").isdigit()
