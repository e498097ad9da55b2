"""Client certificates: the subject's common name is the user, its organizations are the groups.

The TLS layer has checked the signature when the connection began; here the subject is read, and the time once more.
Source: apiserver ``pkg/authentication/request/x509``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache

from mini_server.authn.interface import Credentials, InvalidCredentials, UserInfo
from pykubectl.machinery.util.clock import Clock

_UID = "1.3.6.1.4.1.57683.2"
_CREDENTIAL = "authentication.kubernetes.io/credential-id"


class ClientCertificates:
    """Authenticates connections that presented a certificate."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def authenticate(self, credentials: Credentials) -> UserInfo | None:
        """The certificate's user; None without a certificate, or where it names nobody.

        Raises InvalidCredentials where the certificate is over, or names several uids.
        """
        if credentials.certificate is None:
            return None
        user, begins, ends = _read(credentials.certificate)
        # A connection may outlive the certificate that opened it.
        if not begins <= self._clock.now() <= ends:
            raise InvalidCredentials("x509: certificate has expired or is not yet valid")
        return user


@lru_cache(maxsize=256)
def _read(certificate: bytes) -> tuple[UserInfo | None, datetime, datetime]:
    """User and times of a certificate (DER)."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parsed = x509.load_der_x509_certificate(certificate)
    times = parsed.not_valid_before_utc, parsed.not_valid_after_utc

    def named(oid: x509.ObjectIdentifier) -> list[str]:
        return [str(attribute.value) for attribute in parsed.subject.get_attributes_for_oid(oid)]

    names = named(NameOID.COMMON_NAME)
    if not names or not names[-1]:
        return None, *times
    uids = named(x509.ObjectIdentifier(_UID))
    if len(uids) > 1 or uids == [""]:
        raise InvalidCredentials(f"expected 1 UID, but found {len(uids)} or an empty one")
    extra = {_CREDENTIAL: (f"X509SHA256={hashlib.sha256(certificate).hexdigest()}",)}
    user = UserInfo(names[-1], uids[0] if uids else "", tuple(named(NameOID.ORGANIZATION_NAME)), extra)
    return user, *times
