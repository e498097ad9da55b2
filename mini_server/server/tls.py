"""The TLS side of the server: which certificate it shows, and whose client certificates it believes."""

from __future__ import annotations

import ssl
from pathlib import Path

from mini_server.server.pki import KeyPair


def server_context(pair: KeyPair, client_ca: Path) -> ssl.SSLContext:
    """For a server that asks for client certificates and does not insist on them.

    Raises ValueError that names the file where a file cannot be read or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Some builds of Python take their least version from the system's settings.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(pair.certificate, pair.key, password=_no_password)
    except ssl.SSLError as error:
        raise ValueError(f"certificate {pair.certificate} with key {pair.key}: {_words(error)}") from None
    except OSError as error:
        raise unreadable(error, pair.certificate, pair.key) from None
    try:
        context.load_verify_locations(client_ca)
    except ssl.SSLError as error:
        raise ValueError(f"client CA {client_ca}: {_words(error)}") from None
    except OSError as error:
        raise unreadable(error, client_ca) from None
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    return context


def unreadable(error: OSError, *candidates: Path) -> ValueError:
    """An error of the system in Go's words, with the file that it is about."""
    path = error.filename or next((path for path in candidates if not path.is_file()), candidates[0])
    return ValueError(f"open {path}: {(error.strerror or str(error)).lower()}")


def _no_password() -> str:
    """Instead of asking at the terminal."""
    raise ValueError("the serving certificate's key is protected by a password")


def _words(error: ssl.SSLError) -> str:
    return error.reason.replace("_", " ").lower() if error.reason else "nothing of that kind in PEM form"
