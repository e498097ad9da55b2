"""The cluster's certificates and keys: made once, private, and made again when they are of no use."""

from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mini_server.server.pki import PKI, KeyPair, api_server_hosts
from mini_server.server.tls import server_context, unreadable
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.authn.certificates import write_key

HOSTS = ["localhost", "127.0.0.1", "fd00::1"]
DAY = 86400


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def make_all(directory: Path, clock: FakeClock | None = None) -> PKI:
    pki = PKI(directory, clock or FakeClock())
    pki.serving("apiserver", HOSTS)
    pki.client("admin", "admin", ("system:masters",))
    pki.signing_key("sa")
    return pki


def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    make_all(tmp_path / "pki")
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pki").iterdir()}
    names = {f"{name}.{end}" for name in ("ca", "apiserver", "admin") for end in ("crt", "key")}
    assert modes == dict.fromkeys({*names, "sa.key"}, 0o600)


def test_a_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    make_all(tmp_path)
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    make_all(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")} == {0o600}


def test_a_file_left_by_a_killed_start_is_not_written_into(tmp_path: Path) -> None:
    left = tmp_path / "ca.key.new"
    left.write_text("half")
    left.chmod(0o666)
    with left.open() as reader:
        make_all(tmp_path)
        assert reader.read() == "half"
    assert not left.exists()
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    make_all(tmp_path)
    before = contents(tmp_path)
    make_all(tmp_path)
    assert contents(tmp_path) == before


def test_names_purposes_and_times(tmp_path: Path) -> None:
    clock = FakeClock()
    pki = make_all(tmp_path, clock)
    ca, serving, client = (read(tmp_path / f"{name}.crt") for name in ("ca", "apiserver", "admin"))
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = serving.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "fd00::1"]
    for certificate, purpose in (
        (serving, ExtendedKeyUsageOID.SERVER_AUTH),
        (client, ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        certificate.verify_directly_issued_by(ca)
        assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [purpose]
        assert certificate.not_valid_before_utc == clock.now() - timedelta(minutes=5)
        assert certificate.not_valid_after_utc == clock.now() + timedelta(days=365)
    subject = {
        oid: client.subject.get_attributes_for_oid(oid)[0].value
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    }
    assert list(subject.values()) == ["admin", "system:masters"]
    assert pki.ca_pem == (tmp_path / "ca.crt").read_bytes()


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (334, False), (336, True), (400, True)])
def test_certificates_are_renewed_a_month_before_they_end(tmp_path: Path, days: int, renewed: bool) -> None:
    clock = FakeClock()
    make_all(tmp_path, clock)
    before = contents(tmp_path)
    clock.advance(days * DAY)
    make_all(tmp_path, clock)
    changed = {name for name, content in contents(tmp_path).items() if before[name] != content}
    assert changed == ({"apiserver.crt", "apiserver.key", "admin.crt", "admin.key"} if renewed else set())


@pytest.mark.parametrize(
    ("hosts", "again"),
    [(HOSTS, False), (HOSTS[:1], False), ([*HOSTS, "other"], True), (["10.0.0.1"], True)],
)
def test_a_serving_certificate_stands_for_the_hosts_of_now(tmp_path: Path, hosts: list[str], again: bool) -> None:
    make_all(tmp_path)
    before = contents(tmp_path)["apiserver.crt"]
    PKI(tmp_path, FakeClock()).serving("apiserver", hosts)
    assert (contents(tmp_path)["apiserver.crt"] != before) is again


def test_another_user_gets_another_certificate(tmp_path: Path) -> None:
    make_all(tmp_path)
    pair = PKI(tmp_path, FakeClock()).client("admin", "admin", ("other",))
    assert read(pair.certificate).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "other"


@pytest.mark.parametrize("name", ["apiserver.crt", "apiserver.key"])
@pytest.mark.parametrize(
    "damage", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None]
)
def test_a_damaged_or_missing_half_is_made_again(tmp_path: Path, name: str, damage: bytes | None) -> None:
    make_all(tmp_path)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    pki = make_all(tmp_path)
    server_context(KeyPair(tmp_path / "apiserver.crt", tmp_path / "apiserver.key"), pki.ca.certificate)


def test_a_key_of_another_certificate_is_made_again(tmp_path: Path) -> None:
    make_all(tmp_path)
    (tmp_path / "apiserver.key").write_bytes((tmp_path / "admin.key").read_bytes())
    pki = make_all(tmp_path)
    server_context(KeyPair(tmp_path / "apiserver.crt", tmp_path / "apiserver.key"), pki.ca.certificate)


def test_certificates_of_another_ca_are_made_again(tmp_path: Path) -> None:
    make_all(tmp_path)
    (tmp_path / "ca.crt").unlink()
    (tmp_path / "ca.key").unlink()
    pki = make_all(tmp_path)
    read(tmp_path / "apiserver.crt").verify_directly_issued_by(read(pki.ca.certificate))
    read(tmp_path / "admin.crt").verify_directly_issued_by(read(pki.ca.certificate))


def test_a_ca_that_lost_its_certificate_keeps_its_key(tmp_path: Path) -> None:
    """As after a kill between the two; and what it has signed before is good still."""
    make_all(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "ca.crt").unlink()
    make_all(tmp_path)
    assert {name for name, content in contents(tmp_path).items() if before[name] != content} == {"ca.crt"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ca.key", "is damaged: it holds no private key in PEM form"),
        ("ca.crt", "is damaged: it holds no certificate in PEM form"),
    ],
)
def test_a_damaged_ca_is_named_and_not_replaced(tmp_path: Path, name: str, fault: str) -> None:
    make_all(tmp_path)
    (tmp_path / name).write_bytes(b"nonsense")
    before = contents(tmp_path)
    with pytest.raises(ValueError) as caught:
        make_all(tmp_path)
    assert str(caught.value) == f"{tmp_path / name} {fault}"
    assert contents(tmp_path) == before


def test_a_ca_of_two_that_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    make_all(tmp_path)
    write_key(tmp_path / "ca.key", rsa.generate_private_key(65537, 2048))
    with pytest.raises(ValueError, match=r"ca\.key is not the key of .*ca\.crt"):
        make_all(tmp_path)


def test_hosts_of_the_api_server_stand_once_each() -> None:
    hosts = api_server_hosts("127.0.0.1", "10.0.0.1")
    assert hosts == list(dict.fromkeys(hosts))
    assert {"localhost", "kubernetes.default.svc", "127.0.0.1", "::1", "10.0.0.1"} <= set(hosts)


@pytest.mark.parametrize(
    ("certificate", "key", "ca", "fault"),
    [
        ("gone", "apiserver.key", "ca.crt", "open {0}/gone: no such file or directory"),
        ("apiserver.crt", "gone", "ca.crt", "open {0}/gone: no such file or directory"),
        ("apiserver.crt", "apiserver.key", "gone", "open {0}/gone: no such file or directory"),
        ("apiserver.crt", "admin.key", "ca.crt", "certificate {0}/apiserver.crt with key {0}/admin.key: "),
        ("text", "text", "ca.crt", "certificate {0}/text with key {0}/text: "),
        ("apiserver.crt", "apiserver.key", "text", "client CA {0}/text: "),
    ],
)
def test_tls_files_that_are_no_good_are_named(tmp_path: Path, certificate: str, key: str, ca: str, fault: str) -> None:
    make_all(tmp_path)
    (tmp_path / "text").write_text("nothing of use")
    with pytest.raises(ValueError) as caught:
        server_context(KeyPair(tmp_path / certificate, tmp_path / key), tmp_path / ca)
    assert str(caught.value).startswith(fault.format(tmp_path))
    assert "\n" not in str(caught.value)


def test_client_certificates_are_asked_for_and_not_insisted_on(tmp_path: Path) -> None:
    pki = make_all(tmp_path)
    context = server_context(KeyPair(tmp_path / "apiserver.crt", tmp_path / "apiserver.key"), pki.ca.certificate)
    assert context.verify_mode is ssl.CERT_OPTIONAL
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_an_unreadable_file_is_told_in_few_words() -> None:
    error = PermissionError(13, "Permission denied", "/x")
    assert str(unreadable(error, Path("/y"))) == "open /x: permission denied"
