"""Who may approve and sign requests for certificates, and what nobody may ask for."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mini_server.admission.interface import UPDATE, AdmissionContext
from mini_server.admission.plugins.certificates import (
    CertificateApproval,
    CertificateSigning,
    CertificateSubjectRestriction,
)
from mini_server.authn.interface import UserInfo
from mini_server.authz.rbac import RBACAuthorizer
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Factory, Object, Objects, run, write
from tests.unit.authz.objects import Reader, binding, rule

RESOURCE = "certificatesigningrequests.certificates.k8s.io"
CLIENT = "kubernetes.io/kube-apiserver-client"
ALICE = UserInfo("alice")
APPROVED: Object = {"conditions": [{"type": "Approved"}]}


def authorizer(*rules: Object) -> RBACAuthorizer:
    reader = Reader()
    reader.cluster_roles["alice"] = {"rules": list(rules)}
    reader.cluster_bindings = [binding("alice", "ClusterRole/alice", "User:alice")]
    return RBACAuthorizer(reader)


def update(plugin: Factory, subresource: str, new: Object, *rules: Object, old: Object | None = None) -> None:
    def csr(status: Object, signer: str) -> Object:
        return {"metadata": {"name": "r"}, "spec": {"signerName": signer}, "status": status}

    attributes = write(
        RESOURCE,
        # A caller may write another signer into the body: the stored one counts.
        csr(new, "example.org/mine"),
        old=csr(old or {}, CLIENT),
        operation=UPDATE,
        subresource=subresource,
        namespace="",
        user=ALICE,
    )
    run(lambda context: plugin(AdmissionContext(context.reader, authorizer(*rules))), attributes, Objects())


@pytest.mark.parametrize(
    ("plugin", "subresource", "verb"),
    [(CertificateApproval, "approval", "approve"), (CertificateSigning, "status", "sign")],
)
def test_a_right_on_the_signer_is_needed(plugin: Factory, subresource: str, verb: str) -> None:
    group = "certificates.k8s.io"
    for rules in (
        [rule(verb, group, "signers", CLIENT)],
        [rule(verb, group, "signers", "kubernetes.io/*")],
        [rule(verb, group, "signers")],
    ):
        update(plugin, subresource, APPROVED, *rules)
    for rules in (
        [],
        [rule(verb, group, "signers", "example.org/mine")],
        [rule(verb, group, "signers", "example.org/*")],
        [rule("get update", group, "signers certificatesigningrequests")],
        [rule("approve sign", group, "certificatesigningrequests")],
    ):
        with pytest.raises(StatusError) as caught:
            update(plugin, subresource, APPROVED, *rules)
        assert caught.value.code == 403
        assert caught.value.message == (
            f'{RESOURCE} "r" is forbidden: user not permitted to {verb} requests with signerName "{CLIENT}"'
        )


def test_a_status_that_signs_nothing_needs_no_right() -> None:
    update(CertificateSigning, "status", APPROVED, old=APPROVED)
    with pytest.raises(StatusError):
        update(CertificateSigning, "status", {**APPROVED, "certificate": "x"}, old=APPROVED)


@pytest.mark.parametrize(("plugin", "subresource"), [(CertificateApproval, "status"), (CertificateSigning, "approval")])
def test_other_subresources_are_others_affair(plugin: Factory, subresource: str) -> None:
    update(plugin, subresource, APPROVED)


def request(*organizations: str) -> str:
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name) for name in organizations]
    subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, "eve")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = csr.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.PEM)).decode()


@pytest.mark.parametrize(
    ("signer", "text", "refusal"),
    [
        (CLIENT, request(), ""),
        (CLIENT, request("devs"), ""),
        ("example.org/mine", request("system:masters"), ""),
        (CLIENT, request("system:masters"), f"use of {CLIENT} signer with system:masters group is not allowed"),
        (CLIENT, request("devs", "system:masters"), f"use of {CLIENT} signer with system:masters group is not allowed"),
        (CLIENT, "nonsense", "failed to parse CSR: "),
        (CLIENT, base64.b64encode(b"nonsense").decode(), "failed to parse CSR: "),
    ],
)
def test_nobody_asks_to_be_a_master(signer: str, text: str, refusal: str) -> None:
    obj = {"metadata": {"name": "r"}, "spec": {"signerName": signer, "request": text}}
    asked = write(RESOURCE, obj, namespace="")
    if not refusal:
        run(CertificateSubjectRestriction, asked)
        return
    with pytest.raises(StatusError) as caught:
        run(CertificateSubjectRestriction, asked)
    assert caught.value.message.startswith(f'{RESOURCE} "r" is forbidden: {refusal}')
