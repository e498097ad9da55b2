"""Defaults of the remaining groups.

Source: kubernetes ``pkg/apis/{networking,storage,rbac,scheduling,...}/v1/defaults.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"


def _network_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or []:
            for port in rule.get("ports") or []:
                port.setdefault("protocol", "TCP")


def _ingress(obj: Object) -> None:
    obj.setdefault("spec", {})
    obj.setdefault("status", {}).setdefault("loadBalancer", {})


def _ingress_class(obj: Object) -> None:
    parameters = obj.setdefault("spec", {}).get("parameters")
    if parameters:
        parameters.setdefault("scope", "Cluster")


def _role(obj: Object) -> None:
    obj.setdefault("rules", None)


def _binding(obj: Object) -> None:
    reference = obj.setdefault("roleRef", {})
    reference["apiGroup"] = reference.get("apiGroup") or _RBAC
    for subject in obj.get("subjects") or []:
        if subject.get("kind") in ("User", "Group") and not subject.get("apiGroup"):
            subject["apiGroup"] = _RBAC


def _priority_class(obj: Object) -> None:
    obj.setdefault("value", 0)
    obj.setdefault("preemptionPolicy", "PreemptLowerPriority")
    if not obj.get("globalDefault"):
        obj.pop("globalDefault", None)


def _storage_class(obj: Object) -> None:
    obj.setdefault("reclaimPolicy", "Delete")
    obj.setdefault("volumeBindingMode", "Immediate")


def _csi_driver(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for name, value in (
        ("attachRequired", True),
        ("podInfoOnMount", False),
        ("storageCapacity", False),
        ("fsGroupPolicy", "ReadWriteOnceWithFSType"),
        ("volumeLifecycleModes", ["Persistent"]),
        ("requiresRepublish", False),
        ("seLinuxMount", False),
    ):
        spec.setdefault(name, value)


def _csi_node(obj: Object) -> None:
    for driver in (obj.get("spec") or {}).get("drivers") or []:
        driver.setdefault("topologyKeys", None)


def _attachment(obj: Object) -> None:
    obj.setdefault("status", {}).setdefault("attached", False)


def _request(obj: Object) -> None:
    obj.setdefault("status", {})


def _lease(obj: Object) -> None:
    obj.setdefault("spec", {})


def _endpoint_slice(obj: Object) -> None:
    for port in obj.get("ports") or []:
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")
    for endpoint in obj.get("endpoints") or []:
        endpoint.setdefault("conditions", {})
    obj.setdefault("endpoints", None)
    obj.setdefault("ports", None)


def _webhooks(obj: Object) -> None:
    for hook in obj.get("webhooks") or []:
        hook.setdefault("failurePolicy", "Fail")
        hook.setdefault("matchPolicy", "Equivalent")
        hook.setdefault("namespaceSelector", {})
        hook.setdefault("objectSelector", {})
        hook.setdefault("timeoutSeconds", 10)
        for rule in hook.get("rules") or []:
            rule.setdefault("scope", "*")
        service = (hook.get("clientConfig") or {}).get("service")
        if service:
            service.setdefault("port", 443)


def _mutating_webhooks(obj: Object) -> None:
    _webhooks(obj)
    for hook in obj.get("webhooks") or []:
        hook.setdefault("reinvocationPolicy", "Never")


def _mutating_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    _match(spec.get("matchConstraints"))


def _policy(obj: Object) -> None:
    _mutating_policy(obj)
    obj.setdefault("status", {})


def _policy_binding(obj: Object) -> None:
    _match(obj.setdefault("spec", {}).get("matchResources"))


def _match(constraints: Object | None) -> None:
    if constraints is None:
        return
    constraints.setdefault("matchPolicy", "Equivalent")
    constraints.setdefault("namespaceSelector", {})
    constraints.setdefault("objectSelector", {})
    for rule in constraints.get("resourceRules") or []:
        rule.setdefault("scope", "*")


def _flow_schema(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec["matchingPrecedence"] = spec.get("matchingPrecedence") or 1000


def _priority_level(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for name, shares in (("limited", 30), ("exempt", 0)):
        if spec.get(name) is not None:
            spec[name].setdefault("nominalConcurrencyShares", shares)
            spec[name].setdefault("lendablePercent", 0)
    queuing = ((spec.get("limited") or {}).get("limitResponse") or {}).get("queuing")
    if queuing is not None:
        for name, value in (("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)):
            queuing[name] = queuing.get(name) or value


def _claim_spec(spec: Object) -> None:
    """Requests for devices: one device each, unless more are asked for."""
    for request in (spec.get("devices") or {}).get("requests") or []:
        for entry in (request.get("exactly"), *(request.get("firstAvailable") or [])):
            if entry is None:
                continue
            entry.setdefault("allocationMode", "ExactCount")
            if entry["allocationMode"] == "ExactCount" and not entry.get("count"):
                entry["count"] = 1
            for toleration in entry.get("tolerations") or []:
                toleration.setdefault("operator", "Equal")


def _claim(obj: Object) -> None:
    _claim_spec(obj.setdefault("spec", {}))


def _claim_template(obj: Object) -> None:
    _claim_spec(obj.setdefault("spec", {}).setdefault("spec", {}))


def _definition(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("conversion", {}).setdefault("strategy", "None")
    names = spec.setdefault("names", {})
    kind = names.get("kind", "")
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")


def _api_service(obj: Object) -> None:
    service = obj.setdefault("spec", {}).get("service")
    if service:
        service.setdefault("port", 443)
    obj.setdefault("status", {})


TABLE: dict[tuple[str, str, str], Callable[[Object], None]] = {
    ("networking.k8s.io", "v1", "NetworkPolicy"): _network_policy,
    ("networking.k8s.io", "v1", "Ingress"): _ingress,
    ("networking.k8s.io", "v1", "IngressClass"): _ingress_class,
    (_RBAC, "v1", "Role"): _role,
    (_RBAC, "v1", "ClusterRole"): _role,
    (_RBAC, "v1", "RoleBinding"): _binding,
    (_RBAC, "v1", "ClusterRoleBinding"): _binding,
    ("scheduling.k8s.io", "v1", "PriorityClass"): _priority_class,
    ("storage.k8s.io", "v1", "StorageClass"): _storage_class,
    ("storage.k8s.io", "v1", "CSIDriver"): _csi_driver,
    ("storage.k8s.io", "v1", "CSINode"): _csi_node,
    ("storage.k8s.io", "v1", "VolumeAttachment"): _attachment,
    ("certificates.k8s.io", "v1", "CertificateSigningRequest"): _request,
    ("coordination.k8s.io", "v1", "Lease"): _lease,
    ("discovery.k8s.io", "v1", "EndpointSlice"): _endpoint_slice,
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration"): _mutating_webhooks,
    ("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy"): _policy,
    ("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding"): _policy_binding,
    ("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy"): _mutating_policy,
    ("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding"): _policy_binding,
    ("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema"): _flow_schema,
    ("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration"): _priority_level,
    ("resource.k8s.io", "v1", "ResourceClaim"): _claim,
    ("resource.k8s.io", "v1", "ResourceClaimTemplate"): _claim_template,
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "v1", "APIService"): _api_service,
}
