"""Client certificates: the subject's common name is the user, its organizations are the groups.

The TLS layer has checked the signature; here the subject is read.
Source: apiserver ``pkg/authentication/request/x509``.
"""

from __future__ import annotations

from functools import lru_cache

from mini_server.authn.interface import Credentials, InvalidCredentials, UserInfo

_UID = "1.3.6.1.4.1.57683.2"


@lru_cache(maxsize=256)
def user_of(certificate: bytes) -> UserInfo:
    """The user that a certificate (DER) names. Raises InvalidCredentials where it has no common name."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    subject = x509.load_der_x509_certificate(certificate).subject
    names = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not names or not names[0]:
        raise InvalidCredentials("client certificate has no common name")
    groups = tuple(str(a.value) for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    uids = [str(a.value) for a in subject.get_attributes_for_oid(x509.ObjectIdentifier(_UID))]
    return UserInfo(names[0], uids[0] if uids else "", groups)


class ClientCertificates:
    """Authenticates connections that presented a certificate."""

    def authenticate(self, credentials: Credentials) -> UserInfo | None:
        """The certificate's user, None without one."""
        return None if credentials.certificate is None else user_of(credentials.certificate)
