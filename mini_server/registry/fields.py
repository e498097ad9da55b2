"""Which fields a resource can be selected by.

Source: kubernetes ``pkg/apis/core/v1/conversion.go`` and the resources' ``ToSelectableFields``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.storage.interface import Attributes, GetAttributes, default_attributes
from pykubectl.api.resources import Resource
from pykubectl.machinery import fields
from pykubectl.machinery.errors import new_bad_request
from pykubectl.machinery.gostrings import quote

Object = dict[str, Any]
Getter = Callable[[Object], str]


def _path(*names: str, default: str = "") -> Getter:
    def get(obj: Object) -> str:
        value: Any = obj
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
            if value is None:
                return default
        return str(value).lower() if isinstance(value, bool) else str(value)

    return get


def _pod_host_network(obj: Object) -> str:
    return str(bool(obj.get("spec", {}).get("hostNetwork"))).lower()


_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_EVENT = {
    **{f"involvedObject.{name}": _path("involvedObject", name) for name in _INVOLVED},
    "reason": _path("reason"),
    "reportingComponent": lambda obj: obj.get("reportingComponent") or obj.get("source", {}).get("component", ""),
    "source": lambda obj: obj.get("source", {}).get("component", "") or obj.get("reportingComponent", ""),
    "type": _path("type"),
}

# (group, plural) -> selectable fields beside metadata.name and metadata.namespace
SELECTABLE: dict[tuple[str, str], dict[str, Getter]] = {
    ("", "pods"): {
        "spec.nodeName": _path("spec", "nodeName"),
        "spec.restartPolicy": _path("spec", "restartPolicy"),
        "spec.schedulerName": _path("spec", "schedulerName"),
        "spec.serviceAccountName": _path("spec", "serviceAccountName"),
        "spec.hostNetwork": _pod_host_network,
        "status.phase": _path("status", "phase"),
        "status.podIP": _path("status", "podIP"),
        "status.nominatedNodeName": _path("status", "nominatedNodeName"),
    },
    ("", "nodes"): {"spec.unschedulable": _path("spec", "unschedulable", default="false")},
    ("", "namespaces"): {"status.phase": _path("status", "phase")},
    ("", "secrets"): {"type": _path("type")},
    ("", "services"): {"spec.clusterIP": _path("spec", "clusterIP"), "spec.type": _path("spec", "type")},
    ("", "replicationcontrollers"): {"status.replicas": _path("status", "replicas", default="0")},
    ("batch", "jobs"): {"status.successful": _path("status", "succeeded", default="0")},
    ("", "events"): _EVENT,
    ("certificates.k8s.io", "certificatesigningrequests"): {"spec.signerName": _path("spec", "signerName")},
    ("resource.k8s.io", "resourceslices"): {
        "spec.nodeName": _path("spec", "nodeName"),
        "spec.driver": _path("spec", "driver"),
    },
}

# Fields that a served version has under other names than the stored one.
_ALIASES: dict[tuple[str, str], dict[str, str]] = {
    ("events.k8s.io", "events"): {
        "reason": "reason",
        "reportingController": "reportingComponent",
        "type": "type",
        **{f"regarding.{name}": f"involvedObject.{name}" for name in _INVOLVED},
    },
}


def attributes_function(resource: Resource) -> GetAttributes:
    """Labels and selectable fields of a resource's objects."""
    getters = SELECTABLE.get((resource.group, resource.plural))
    if not getters:
        return default_attributes

    def attributes(obj: Object) -> Attributes:
        labels, base = default_attributes(obj)
        return Attributes(labels, {**base, **{name: get(obj) for name, get in getters.items()}})

    return attributes


def _unknown(resource: Resource, name: str) -> str:
    """Upstream has a text of its own here and there."""
    if resource.plural == "jobs":
        return f"field label {quote(name)} not supported for Job"
    if resource.plural == "resourceslices":
        return f"field label not supported for {resource.gvk.api_version}, Kind={resource.kind}: {name}"
    return f"field label not supported: {name}"


def stored_fields(resource: Resource, selector: fields.Selector) -> fields.Selector:
    """The selector in the words of the version that is stored.

    Raises a bad-request StatusError on a field that the resource cannot be selected by.
    """
    aliases = _ALIASES.get((resource.group, resource.plural), {})
    known = aliases or SELECTABLE.get((resource.group, resource.plural), {})

    def convert(name: str, value: str) -> tuple[str, str]:
        if name == "metadata.name" or (name == "metadata.namespace" and resource.namespaced):
            return name, value
        if name in known:
            return aliases.get(name, name), value
        if known:
            raise new_bad_request(_unknown(resource, name))
        raise new_bad_request(f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"')

    return selector.transform(convert)
