"""Where the pods are in the kinds that are, or make, pods."""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import Attributes

Object = dict[str, Any]

_TEMPLATE = ("spec", "template")
# (group, resource) -> the fields that lead to the object with a pod's metadata and spec
_PODS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): (),
    ("", "podtemplates"): ("template",),
    ("", "replicationcontrollers"): _TEMPLATE,
    ("apps", "daemonsets"): _TEMPLATE,
    ("apps", "deployments"): _TEMPLATE,
    ("apps", "replicasets"): _TEMPLATE,
    ("apps", "statefulsets"): _TEMPLATE,
    ("batch", "jobs"): _TEMPLATE,
    ("batch", "cronjobs"): ("spec", "jobTemplate", *_TEMPLATE),
}


def pod_path(attributes: Attributes) -> tuple[str, ...] | None:
    """The fields that lead to a pod's metadata and spec in what is written; None in kinds that have none."""
    return _PODS.get((attributes.gvr.group, attributes.gvr.resource))


def pod_in(obj: Object | None, path: tuple[str, ...]) -> Object:
    """The object with a pod's metadata and spec; empty where it is left out."""
    found: Any = obj
    for step in path:
        found = (found or {}).get(step)
    return found or {}
