"""Faults of roles, of what routes traffic, of classes, and of what extends the server."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind, status_faults

RBAC, NET = "rbac.authorization.k8s.io", "networking.k8s.io"
RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def named(api_version: str, kind: str, **fields: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "uid": "u"}, **fields}


ROLE = named(f"{RBAC}/v1", "Role", rules=[RULE])
CLUSTER_ROLE = named(f"{RBAC}/v1", "ClusterRole", rules=[RULE])
BINDING = named(
    f"{RBAC}/v1",
    "RoleBinding",
    roleRef={"apiGroup": RBAC, "kind": "Role", "name": "r"},
    subjects=[{"kind": "User", "name": "u", "apiGroup": RBAC}],
)
CLUSTER_BINDING = changed(changed(BINDING, "kind", "ClusterRoleBinding"), "roleRef.kind", "ClusterRole")
BACKEND = {"service": {"name": "s", "port": {"number": 80}}}
PATH = {"path": "/", "pathType": "Prefix", "backend": BACKEND}
INGRESS = of_kind(f"{NET}/v1", "Ingress", {"rules": [{"host": "a.b", "http": {"paths": [PATH]}}]})
ENTRY = "spec.rules.0.http.paths.0"
POLICY = of_kind(f"{NET}/v1", "NetworkPolicy", {"podSelector": {}, "policyTypes": ["Ingress"]})
CLASS = of_kind(f"{NET}/v1", "IngressClass", {"controller": "a.b/c"})
SLICE = named(
    "discovery.k8s.io/v1", "EndpointSlice", addressType="IPv4", endpoints=[{"addresses": ["1.2.3.4"]}], ports=[]
)
STORAGE = named("storage.k8s.io/v1", "StorageClass", provisioner="a.b/c")
PRIORITY = named("scheduling.k8s.io/v1", "PriorityClass", value=5)
LEASE = of_kind("coordination.k8s.io/v1", "Lease", {"leaseDurationSeconds": 5})
HOOK = {
    "name": "a.b.c",
    "clientConfig": {"url": "https://h/p"},
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
}
HOOKS = named("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[HOOK])
REQUEST = of_kind(
    "certificates.k8s.io/v1",
    "CertificateSigningRequest",
    {
        "request": base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\n").decode(),
        "signerName": "example.com/signer",
        "usages": ["client auth"],
    },
)
SERVICE = {
    **of_kind(
        "apiregistration.k8s.io/v1",
        "APIService",
        {"group": "e.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1},
    ),
    "metadata": {"name": "v1.e.com"},
}
GOOD = (
    ROLE, CLUSTER_ROLE, BINDING, CLUSTER_BINDING, INGRESS, POLICY, CLASS, SLICE, STORAGE, PRIORITY, LEASE, HOOKS,
    REQUEST, SERVICE,
)  # fmt: skip


@pytest.mark.parametrize("obj", GOOD, ids=lambda obj: obj["kind"])
def test_good_ones(obj: Object) -> None:
    assert faults(obj) == []
    assert change_faults(obj, obj) == []


@pytest.mark.parametrize(
    ("obj", "values", "fault"),
    [
        (ROLE, {"rules.0.verbs": []}, "rules[0].verbs: Required value: verbs must contain at least one value"),
        (ROLE, {"rules.0.apiGroups": None}, "resource rules must supply at least one api group"),
        (ROLE, {"rules.0.resources": None}, "resource rules must supply at least one resource"),
        (ROLE, {"rules.0.nonResourceURLs": ["/a"]}, "namespaced rules cannot apply to non-resource URLs"),
        (CLUSTER_ROLE, {"rules.0.nonResourceURLs": ["/a"]}, "rules cannot apply to both regular resources and non"),
        (CLUSTER_ROLE, {"aggregationRule": {}}, "at least one clusterRoleSelector required if aggregationRule is non"),
        (BINDING, {"roleRef.kind": "X"}, 'roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRo'),
        (BINDING, {"roleRef.name": ""}, "roleRef.name: Required value"),
        (BINDING, {"roleRef.apiGroup": "x"}, f'supported values: "{RBAC}"'),
        (BINDING, {"subjects.0.kind": "X"}, 'supported values: "ServiceAccount", "User", "Group"'),
        (BINDING, {"subjects.0.name": ""}, "subjects[0].name: Required value"),
        (CLUSTER_BINDING, {"roleRef.kind": "Role"}, 'supported values: "ClusterRole"'),
        (CLUSTER_BINDING, {"subjects": [{"kind": "ServiceAccount", "name": "s"}]}, "subjects[0].namespace: Required"),
        (INGRESS, {"spec.rules": None}, "either `defaultBackend` or `rules` must be specified"),
        (INGRESS, {"spec.rules.0.host": "1.2.3.4"}, "must be a DNS name, not an IP address"),
        (INGRESS, {"spec.rules.0.host": "*.A"}, "a wildcard DNS-1123 subdomain must start with '*.'"),
        (INGRESS, {"spec.rules.0.http.paths": []}, "spec.rules[0].http.paths: Required value"),
        (INGRESS, {f"{ENTRY}.pathType": ""}, "pathType: Required value: pathType must be specified"),
        (INGRESS, {f"{ENTRY}.pathType": "X"}, 'supported values: "Exact", "ImplementationSpecific", "Prefix"'),
        (INGRESS, {f"{ENTRY}.path": "a"}, "must be an absolute path"),
        (INGRESS, {f"{ENTRY}.path": "/a//b"}, "must not contain '//'"),
        (INGRESS, {f"{ENTRY}.path": "/a/.."}, "cannot end with '/..'"),
        (INGRESS, {f"{ENTRY}.backend": {}}, "resource or service backend is required"),
        (INGRESS, {f"{ENTRY}.backend": {"service": {"name": "s"}}}, "port name or number is required"),
        (INGRESS, {f"{ENTRY}.backend.service.port.name": "http"}, "cannot set both port name & port number"),
        (INGRESS, {f"{ENTRY}.backend.service.name": "1a"}, "a DNS-1035 label must consist of"),
        (INGRESS, {f"{ENTRY}.backend.resource": {}}, "cannot set both resource and service backends"),
        (INGRESS, {"spec.tls": [{"hosts": ["A"]}]}, "spec.tls[0].hosts[0]: Invalid value"),
        (CLASS, {"spec.controller": "x"}, "must be a domain-prefixed path"),
        (CLASS, {"spec.parameters": {"kind": "k", "name": "n", "scope": "Namespace"}}, "is set to 'Namespace'"),
        (POLICY, {"spec.policyTypes": ["X"]}, 'supported values: "Egress", "Ingress"'),
        (POLICY, {"spec.ingress": [{"from": [{}]}]}, "spec.ingress[0].from[0]: Required value: must specify a peer"),
        (POLICY, {"spec.ingress": [{"ports": [{"endPort": 1}]}]}, "must be specified when `endPort` is specified"),
        (
            POLICY,
            {"spec.egress": [{"ports": [{"port": 5, "endPort": 4}]}]},
            "must be greater than or equal to `port`",
        ),
        (
            POLICY,
            {"spec.egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
            "must be a strict subset of `cidr`",
        ),
        (
            POLICY,
            {"spec.egress": [{"to": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
            "may not specify both ipBlock and another peer",
        ),
        (SLICE, {"addressType": ""}, "addressType: Required value"),
        (SLICE, {"endpoints.0.addresses": []}, "must contain at least 1 address"),
        (SLICE, {"endpoints.0.addresses": ["fd00::1"]}, "must be an IPv4 address"),
        (SLICE, {"ports": [{"name": "A"}]}, "ports[0].name: Invalid value"),
        (SLICE, {"ports": [{"name": "a"}, {"name": "a"}]}, 'ports[1].name: Duplicate value: "a"'),
        (STORAGE, {"provisioner": ""}, "provisioner: Required value"),
        (STORAGE, {"reclaimPolicy": "Recycle"}, 'supported values: "Delete", "Retain"'),
        (STORAGE, {"volumeBindingMode": "X"}, 'supported values: "Immediate", "WaitForFirstConsumer"'),
        (PRIORITY, {"value": 1000000001}, "maximum allowed value of a user defined priority is 1000000000"),
        (PRIORITY, {"metadata.name": "system-x"}, "system-x is not a known system priority class"),
        (PRIORITY, {"preemptionPolicy": "X"}, 'supported values: "PreemptLowerPriority", "Never"'),
        (LEASE, {"spec.leaseDurationSeconds": 0}, "must be greater than 0"),
        (HOOKS, {"webhooks.0.name": "a.b"}, "should be a domain with at least three segments separated by dots"),
        (HOOKS, {"webhooks.0.sideEffects": None}, "must specify one of None, NoneOnDryRun"),
        (HOOKS, {"webhooks.0.timeoutSeconds": 31}, "the timeout value must be between 1 and 30 seconds"),
        (HOOKS, {"webhooks.0.admissionReviewVersions": ["v2"]}, "must include at least one of v1, v1beta1"),
        (HOOKS, {"webhooks.0.clientConfig": {}}, "exactly one of url or service is required"),
        (HOOKS, {"webhooks.0.clientConfig.url": "http://h"}, "'https' is the only allowed URL scheme"),
        (HOOKS, {"webhooks.0.clientConfig.url": "https://u@h?a#b"}, "user information is not permitted in the URL"),
        (HOOKS, {"webhooks.0.rules.0.operations": ["*", "CREATE"]}, "if '*' is present, must not specify other oper"),
        (HOOKS, {"webhooks.0.rules.0.resources": ["*/*", "a"]}, "if '*/*' is present, must not specify other reso"),
        (HOOKS, {"webhooks": [HOOK, HOOK]}, 'webhooks[1].name: Duplicate value: "a.b.c"'),
        (REQUEST, {"spec.request": "AAAA"}, "PEM block type must be CERTIFICATE REQUEST"),
        (REQUEST, {"spec.usages": ["client auth", "client auth"]}, 'spec.usages[1]: Duplicate value: "client auth"'),
        (REQUEST, {"spec.signerName": "x"}, "must be a fully qualified domain and path of the form"),
        (REQUEST, {"spec.expirationSeconds": 5}, "may not specify a duration less than 600 seconds"),
        (SERVICE, {"metadata.name": "v2.e.com"}, 'must be `spec.version+"."+spec.group`: "v1.e.com"'),
        (SERVICE, {"spec.caBundle": "AAAA"}, "local APIServices may not have a caBundle"),
        (SERVICE, {"spec.versionPriority": 1001}, "must be positive and less than 1000"),
    ],
)
def test_faults(obj: Object, values: dict[str, Any], fault: str) -> None:
    found = lines(obj, values)
    assert any(fault in line for line in found), found


@pytest.mark.parametrize(
    ("obj", "path", "value", "fault"),
    [
        (BINDING, "roleRef.name", "s", "cannot change roleRef"),
        (CLASS, "spec.controller", "a.b/d", "field is immutable"),
        (SLICE, "addressType", "FQDN", "field is immutable"),
        (STORAGE, "provisioner", "a.b/d", "updates to provisioner are forbidden."),
        (STORAGE, "parameters", {"a": "b"}, "updates to parameters are forbidden."),
        (PRIORITY, "value", 6, "may not be changed in an update."),
    ],
)
def test_what_stays(obj: Object, path: str, value: Any, fault: str) -> None:
    found = change_faults(obj, changed(obj, path, value))
    assert any(fault in line for line in found), found


def test_the_class_of_a_new_ingress_is_told_once() -> None:
    both = changed(changed(INGRESS, "spec.ingressClassName", "a"), "metadata.annotations", {
        "kubernetes.io/ingress.class": "b"
    })  # fmt: skip
    assert any("must match `ingressClassName` when both are specified" in line for line in faults(both))
    assert change_faults(both, both) == []


def decided(*kinds: str, **status: Any) -> Object:
    conditions = [{"type": kind, "status": "True"} for kind in kinds]
    return {**REQUEST, "status": {"conditions": conditions, **status}}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (decided(), decided("Approved"), 'updates may not add a condition of type "Approved"'),
        (decided("Denied"), decided(), 'updates may not remove a condition of type "Denied"'),
        (decided("Failed"), decided(), 'updates may not remove a condition of type "Failed"'),
        (decided(), decided(certificate="AAAA"), "must contain at least one CERTIFICATE PEM block"),
        (decided(certificate="AAAA"), decided(), "updates may not remove/modify a certificate"),
        (decided(), decided("Failed"), ""),
    ],
)
def test_what_a_signer_may_write(old: Object, new: Object, fault: str) -> None:
    found = status_faults(old, new)
    assert any(fault in line for line in found) if fault else found == []
