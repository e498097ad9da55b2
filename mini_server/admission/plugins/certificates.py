"""CertificateApproval, CertificateSigning, CertificateSubjectRestriction: who may approve and sign for which signer.

Source: kubernetes ``plugin/pkg/admission/certificates``.
"""

from __future__ import annotations

import base64
from typing import Any

from mini_server.admission.interface import CREATE, UPDATE, AdmissionContext, Attributes
from mini_server.authn.interface import MASTERS
from mini_server.authz import interface as authz
from pykubectl.machinery.schema import GroupResource

Object = dict[str, Any]

_REQUESTS = GroupResource("certificates.k8s.io", "certificatesigningrequests")
_CLIENT = "kubernetes.io/kube-apiserver-client"


class _SignerRight:
    """An update of one subresource needs a right on the request's signer."""

    name = ""
    subresource = ""
    verb = ""

    def __init__(self, context: AdmissionContext) -> None:
        self._authorizer = context.authorizer

    def handles(self, operation: str) -> bool:
        """Updates."""
        return operation == UPDATE

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 403."""
        if attributes.gvr.group_resource != _REQUESTS or attributes.subresource != self.subresource:
            return
        old, new = attributes.old_obj or {}, attributes.obj or {}
        if not self.matters(old, new):
            return
        # The signer as it is stored: an update of a subresource does not change it.
        signer = (old.get("spec") or {}).get("signerName", "")
        if not self._may(attributes, signer):
            text = f'user not permitted to {self.verb} requests with signerName "{signer}"'
            raise attributes.forbidden(text)

    def matters(self, old: Object, new: Object) -> bool:
        """Whether the update is one that needs the right."""
        raise AssertionError("each plugin says so itself")

    def _may(self, attributes: Attributes, signer: str) -> bool:
        """The right may be for one signer, or for all of a domain."""
        if self._authorizer is None:
            return False
        domain = signer.split("/", 1)[0]
        for name in (signer, f"{domain}/*"):
            question = authz.Attributes(
                attributes.user, self.verb, "", "certificates.k8s.io", "*", "signers", name=name
            )
            if self._authorizer.authorize(question)[0] is authz.Decision.ALLOW:
                return True
        return False


class CertificateApproval(_SignerRight):
    """To approve or deny needs ``approve``."""

    name = "CertificateApproval"
    subresource = "approval"
    verb = "approve"

    def matters(self, old: Object, new: Object) -> bool:
        """Always: that is what the subresource is for."""
        return True


class CertificateSigning(_SignerRight):
    """To issue a certificate, or to say that it failed, needs ``sign``."""

    name = "CertificateSigning"
    subresource = "status"
    verb = "sign"

    def matters(self, old: Object, new: Object) -> bool:
        """Where certificate or conditions change."""
        before, after = old.get("status") or {}, new.get("status") or {}
        return any(before.get(field) != after.get(field) for field in ("certificate", "conditions"))


class CertificateSubjectRestriction:
    """Nobody asks for a client certificate of the group that may do everything."""

    name = "CertificateSubjectRestriction"

    def __init__(self, context: AdmissionContext) -> None:
        """Needs nothing."""

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 403."""
        if attributes.gvr.group_resource != _REQUESTS or attributes.subresource:
            return
        spec = (attributes.obj or {}).get("spec") or {}
        if spec.get("signerName") != _CLIENT:
            return
        try:
            organizations = _organizations(spec.get("request", ""))
        except ValueError as error:
            raise attributes.forbidden(f"failed to parse CSR: {error}") from None
        if MASTERS in organizations:
            text = f"use of {_CLIENT} signer with {MASTERS} group is not allowed"
            raise attributes.forbidden(text)


def _organizations(request: str) -> list[str]:
    """Of a request in base64. Raises ValueError on what is none."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parsed = x509.load_pem_x509_csr(base64.b64decode(request, validate=True))
    return [str(name.value) for name in parsed.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
