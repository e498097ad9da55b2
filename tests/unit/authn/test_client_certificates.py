"""Users named by client certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import pytest

from mini_server.authn.interface import Credentials, InvalidCredentials, UserInfo
from mini_server.authn.x509 import ClientCertificates
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.authn.certificates import START, client_certificate


def authenticated(certificate: bytes | None, *, hours: float = 0.5) -> UserInfo | None:
    clock = FakeClock(START)
    clock.advance(hours * 3600)
    return ClientCertificates(clock).authenticate(Credentials(certificate=certificate))


@pytest.mark.parametrize(
    ("names", "groups", "uids", "name", "uid"),
    [
        (["jane"], [], [], "jane", ""),
        (["jane"], ["devs", "qa"], [], "jane", ""),
        (["jane"], [], ["u-1"], "jane", "u-1"),
        (["first", "last"], [], [], "last", ""),
        (["system:node:n1"], ["system:nodes"], [], "system:node:n1", ""),
        (["Jäne Ö"], [], [], "Jäne Ö", ""),
    ],
)
def test_the_subject_is_the_user(
    names: Sequence[str], groups: Sequence[str], uids: Sequence[str], name: str, uid: str
) -> None:
    certificate = client_certificate(names, groups, uids)
    user = authenticated(certificate)
    assert user is not None
    assert (user.name, user.uid, user.groups) == (name, uid, tuple(groups))
    digest = hashlib.sha256(certificate).hexdigest()
    assert user.extra == {"authentication.kubernetes.io/credential-id": (f"X509SHA256={digest}",)}


@pytest.mark.parametrize("certificate", [None, client_certificate([]), client_certificate([], ["devs"])])
def test_no_name_is_nobody(certificate: bytes | None) -> None:
    assert authenticated(certificate) is None


@pytest.mark.parametrize("uids", [["a", "b"], [""]])
def test_a_uid_must_be_one(uids: Sequence[str]) -> None:
    with pytest.raises(InvalidCredentials):
        authenticated(client_certificate(uids=uids))


@pytest.mark.parametrize(("hours", "good"), [(-0.1, False), (0, True), (1, True), (1.001, False), (9000, False)])
def test_a_certificate_is_good_for_its_time_only(hours: float, good: bool) -> None:
    certificate = client_certificate(hours=1)
    if good:
        assert authenticated(certificate, hours=hours) is not None
    else:
        with pytest.raises(InvalidCredentials, match="has expired or is not yet valid"):
            authenticated(certificate, hours=hours)


def test_a_connection_ends_with_its_certificate() -> None:
    clock = FakeClock(START)
    certificates = ClientCertificates(clock)
    credentials = Credentials(certificate=client_certificate(begins=START - timedelta(minutes=1), hours=1))
    assert certificates.authenticate(credentials) is not None
    clock.advance(3600)
    with pytest.raises(InvalidCredentials):
        certificates.authenticate(credentials)
