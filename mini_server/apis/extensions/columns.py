"""Columns of the remaining groups.

Source: kubernetes ``pkg/printers/internalversion/printers.go``, and the CRD and APIService table convertors.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mini_server.apis import cells
from mini_server.apis.cells import age_of, get, name
from mini_server.apis.column import AGE, CREATED_AT, NAME, Column, numbers, text, wide

Object = dict[str, Any]


def _ingress(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    hosts = [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]
    return [
        name(obj),
        spec.get("ingressClassName") or "<none>",
        cells.shortened(hosts, 3) if hosts else "*",
        cells.load_balancer(obj.get("status") or {}),
        "80, 443" if spec.get("tls") else "80",
        age_of(obj, now),
    ]


def _ingress_class(obj: Object, now: datetime) -> list[Any]:
    parameters = get(obj, "spec", "parameters")
    shown = "<none>"
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
        shown = f"{parameters.get('kind', '')}{group}/{parameters.get('name', '')}"
    return [name(obj), get(obj, "spec", "controller", default=""), shown, age_of(obj, now)]


def _network_policy(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), cells.selector(get(obj, "spec", "podSelector", default={})), age_of(obj, now)]


def _service_cidr(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), ",".join(get(obj, "spec", "cidrs", default=[])), age_of(obj, now)]


def _ip_address(obj: Object, now: datetime) -> list[Any]:
    parent = get(obj, "spec", "parentRef", default={})
    parts = [parent.get("resource", "")]
    if parent.get("group"):
        parts[0] += f".{parent['group']}"
    parts += [parent[field] for field in ("namespace", "name") if parent.get(field)]
    return [name(obj), "/".join(parts), age_of(obj, now)]


def _endpoint_slice(obj: Object, now: datetime) -> list[Any]:
    ports = [str(p["port"]) if p.get("port") is not None else p.get("name") or "*" for p in obj.get("ports") or []]
    shown_ports = cells.shortened(ports, 3)
    addresses = [a for e in obj.get("endpoints") or [] for a in e.get("addresses") or []]
    shown = cells.shortened(addresses, 3)
    return [
        name(obj),
        obj.get("addressType", ""),
        "<unset>" if shown_ports == "<none>" else shown_ports,
        "<unset>" if shown == "<none>" else shown,
        age_of(obj, now),
    ]


def _role(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj["metadata"].get("creationTimestamp", "")]


def _binding(obj: Object, now: datetime) -> list[Any]:
    reference = obj.get("roleRef", {})
    kinds: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or []:
        shown = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            shown = f"{subject.get('namespace', '')}/{shown}"
        kinds.setdefault(subject.get("kind", ""), []).append(shown)
    role = f"{reference.get('kind', '')}/{reference.get('name', '')}"
    columns = [", ".join(kinds[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [name(obj), role, age_of(obj, now), *columns]


def _priority_class(obj: Object, now: datetime) -> list[Any]:
    policy = obj.get("preemptionPolicy", "")
    return [name(obj), obj.get("value", 0), obj.get("globalDefault", False), age_of(obj, now), policy]


def _storage_class(obj: Object, now: datetime) -> list[Any]:
    annotations = obj["metadata"].get("annotations") or {}
    default = annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    return [
        name(obj) + (" (default)" if default else ""),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy") or "Delete",
        obj.get("volumeBindingMode") or "<unset>",
        bool(obj.get("allowVolumeExpansion")),
        age_of(obj, now),
    ]


def _attachment(obj: Object, now: datetime) -> list[Any]:
    source = get(obj, "spec", "source", "persistentVolumeName", default="")
    spec = obj.get("spec", {})
    attached = get(obj, "status", "attached", default=False)
    return [name(obj), spec.get("attacher", ""), source, spec.get("nodeName", ""), attached, age_of(obj, now)]


def _csi_driver(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    audiences = [t.get("audience", "") for t in spec.get("tokenRequests") or []]
    return [
        name(obj),
        spec.get("attachRequired", True),
        bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")),
        ",".join(audiences) or "<unset>",
        bool(spec.get("requiresRepublish")),
        ",".join(spec.get("volumeLifecycleModes") or []) or "<none>",
        age_of(obj, now),
    ]


def _csi_node(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), len(get(obj, "spec", "drivers", default=[])), age_of(obj, now)]


def _attributes_class(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj.get("driverName", ""), age_of(obj, now)]


def _plain(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), age_of(obj, now)]


def _request(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    seconds = spec.get("expirationSeconds")
    return [
        name(obj),
        age_of(obj, now),
        spec.get("signerName") or "<none>",
        spec.get("username", ""),
        _seconds(seconds) if seconds is not None else "<none>",
        _request_status(obj),
    ]


def _seconds(seconds: int) -> str:
    from datetime import timedelta

    from pykubectl.machinery.values.time import human_duration

    return human_duration(timedelta(seconds=seconds))


def _request_status(obj: Object) -> str:
    kinds = {c.get("type") for c in get(obj, "status", "conditions", default=[])}
    status = "Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"
    if "Failed" in kinds:
        status += ",Failed"
    if get(obj, "status", "certificate"):
        status += ",Issued"
    return status


def _lease(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), get(obj, "spec", "holderIdentity", default=""), age_of(obj, now)]


def _runtime_class(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj.get("handler", ""), age_of(obj, now)]


def _counted(field: str) -> Callable[[Object, datetime], list[Any]]:
    def row(obj: Object, now: datetime) -> list[Any]:
        return [name(obj), len(obj.get(field) or []), age_of(obj, now)]

    return row


def _policy(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    kind = spec.get("paramKind")
    shown = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"
    return [name(obj), len(spec.get("validations") or []), shown, age_of(obj, now)]


def _mutating_policy(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    kind = spec.get("paramKind")
    shown = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"
    return [name(obj), len(spec.get("mutations") or []), shown, age_of(obj, now)]


def _policy_binding(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    reference = spec.get("paramRef")
    shown = "<unset>"
    if reference:
        shown = f"{reference['namespace']}/" if reference.get("namespace") else "*/"
        shown += reference.get("name") or ("*" if reference.get("selector") else "")
    return [name(obj), spec.get("policyName", ""), shown, age_of(obj, now)]


def _definition(obj: Object, now: datetime) -> list[Any]:
    return [name(obj), obj["metadata"].get("creationTimestamp", "")]


def _api_service(obj: Object, now: datetime) -> list[Any]:
    service = get(obj, "spec", "service")
    shown = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    available = next((c for c in get(obj, "status", "conditions", default=[]) if c.get("type") == "Available"), None)
    state = "Unknown" if available is None else available.get("status", "Unknown")
    if available is not None and state != "True" and available.get("reason"):
        state = f"{state} ({available['reason']})"
    return [name(obj), shown, state, age_of(obj, now)]


def _flow_schema(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    dangling: Object = next(
        (c for c in get(obj, "status", "conditions", default=[]) if c.get("type") == "Dangling"), {}
    )
    return [
        name(obj),
        get(spec, "priorityLevelConfiguration", "name", default=""),
        spec.get("matchingPrecedence", 0),
        get(spec, "distinguisherMethod", "type", default="<none>"),
        age_of(obj, now),
        dangling.get("status", "?"),
    ]


def _priority_level(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    limited = spec.get("limited") or {}
    queuing = get(limited, "limitResponse", "queuing") or {}

    def number(field: str) -> Any:
        return queuing.get(field, "<none>")

    return [
        name(obj),
        spec.get("type", ""),
        limited.get("nominalConcurrencyShares", "<none>"),
        number("queues"),
        number("handSize"),
        number("queueLengthLimit"),
        age_of(obj, now),
    ]


def _claim(obj: Object, now: datetime) -> list[Any]:
    states = []
    if obj["metadata"].get("deletionTimestamp"):
        states.append("deleted")
    allocated = get(obj, "status", "allocation") is not None
    states.append("allocated" if allocated else "pending")
    if get(obj, "status", "reservedFor"):
        states.append("reserved")
    return [name(obj), ",".join(states), age_of(obj, now)]


def _slice(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    where = spec.get("nodeName") or ("<all nodes>" if spec.get("allNodes") else "<some nodes>")
    return [name(obj), where, spec.get("driver", ""), get(spec, "pool", "name", default=""), age_of(obj, now)]


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_STORAGE = "storage.k8s.io"
_NETWORK = "networking.k8s.io"
_FLOW = "flowcontrol.apiserver.k8s.io"
_CREATED = (NAME, CREATED_AT)
_BINDING = (NAME, *text("Role"), AGE, *wide("Users", "Groups", "ServiceAccounts"))

TABLE = {
    (_NETWORK, "ingresses"): ((NAME, *text("Class", "Hosts", "Address", "Ports"), AGE), _ingress),
    (_NETWORK, "ingressclasses"): ((NAME, *text("Controller", "Parameters"), AGE), _ingress_class),
    (_NETWORK, "networkpolicies"): ((NAME, *text("Pod-Selector"), AGE), _network_policy),
    (_NETWORK, "servicecidrs"): ((NAME, *text("CIDRs"), AGE), _service_cidr),
    # The age in the cells has no column upstream either.
    (_NETWORK, "ipaddresses"): ((NAME, *text("ParentRef")), _ip_address),
    ("discovery.k8s.io", "endpointslices"): ((NAME, *text("AddressType", "Ports", "Endpoints"), AGE), _endpoint_slice),
    (_RBAC, "roles"): (_CREATED, _role),
    (_RBAC, "clusterroles"): (_CREATED, _role),
    (_RBAC, "rolebindings"): (_BINDING, _binding),
    (_RBAC, "clusterrolebindings"): (_BINDING, _binding),
    ("scheduling.k8s.io", "priorityclasses"): (
        (
            NAME,
            *numbers("Value"),
            Column("Global-Default", "boolean"),
            AGE,
            *text("PreemptionPolicy"),
        ),
        _priority_class,
    ),
    (_STORAGE, "storageclasses"): (
        (NAME, *text("Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion"), AGE),
        _storage_class,
    ),
    (_STORAGE, "volumeattachments"): (
        (NAME, Column("Attacher", format="name"), *text("PV", "Node"), Column("Attached", "boolean"), AGE),
        _attachment,
    ),
    (_STORAGE, "csidrivers"): (
        (
            NAME,
            Column("AttachRequired", "boolean"),
            Column("PodInfoOnMount", "boolean"),
            Column("StorageCapacity", "boolean"),
            *text("TokenRequests"),
            Column("RequiresRepublish", "boolean"),
            *text("Modes"),
            AGE,
        ),
        _csi_driver,
    ),
    (_STORAGE, "csinodes"): ((NAME, *numbers("Drivers"), AGE), _csi_node),
    (_STORAGE, "volumeattributesclasses"): ((NAME, *text("DriverName"), AGE), _attributes_class),
    ("certificates.k8s.io", "certificatesigningrequests"): (
        (NAME, AGE, *text("SignerName", "Requestor", "RequestedDuration", "Condition")),
        _request,
    ),
    ("coordination.k8s.io", "leases"): ((NAME, *text("Holder"), AGE), _lease),
    ("node.k8s.io", "runtimeclasses"): ((NAME, *text("Handler"), AGE), _runtime_class),
    (_ADMISSION, "validatingwebhookconfigurations"): ((NAME, *numbers("Webhooks"), AGE), _counted("webhooks")),
    (_ADMISSION, "mutatingwebhookconfigurations"): ((NAME, *numbers("Webhooks"), AGE), _counted("webhooks")),
    (_ADMISSION, "validatingadmissionpolicies"): ((NAME, *numbers("Validations"), *text("ParamKind"), AGE), _policy),
    (_ADMISSION, "mutatingadmissionpolicies"): (
        (NAME, *numbers("Mutations"), *text("ParamKind"), AGE),
        _mutating_policy,
    ),
    (_ADMISSION, "validatingadmissionpolicybindings"): (
        (NAME, *text("PolicyName", "ParamRef"), AGE),
        _policy_binding,
    ),
    (_ADMISSION, "mutatingadmissionpolicybindings"): ((NAME, *text("PolicyName", "ParamRef"), AGE), _policy_binding),
    ("apiextensions.k8s.io", "customresourcedefinitions"): ((NAME, Column("Created At", "date")), _definition),
    ("apiregistration.k8s.io", "apiservices"): ((NAME, *text("Service", "Available"), AGE), _api_service),
    (_FLOW, "flowschemas"): (
        (
            NAME,
            *text("PriorityLevel", "MatchingPrecedence", "DistinguisherMethod"),
            AGE,
            *text("MissingPL"),
        ),
        _flow_schema,
    ),
    (_FLOW, "prioritylevelconfigurations"): (
        (
            NAME,
            *text("Type", "NominalConcurrencyShares", "Queues", "HandSize", "QueueLengthLimit"),
            AGE,
        ),
        _priority_level,
    ),
    ("resource.k8s.io", "resourceclaims"): ((NAME, *text("State"), AGE), _claim),
    ("resource.k8s.io", "deviceclasses"): ((NAME, AGE), _plain),
    ("resource.k8s.io", "resourceclaimtemplates"): ((NAME, AGE), _plain),
    ("resource.k8s.io", "resourceslices"): ((NAME, *text("Node", "Driver", "Pool"), AGE), _slice),
}
