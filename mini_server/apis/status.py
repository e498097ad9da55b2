"""The status that an object is created with: what Go writes for an empty one.

A status is a struct that is no pointer, so it is always there; in it stand the fields without ``omitempty``, which are
the schema's required ones and those of the table below. Source: ``types.go`` of the API groups, and the strategies'
``PrepareForCreate``.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.structural.walk import fill_zero

Object = dict[str, Any]

# Beside the schema's required fields: (group, kind) -> fields of an empty status.
_ALSO: dict[tuple[str, str], Object] = {
    ("", "Service"): {"loadBalancer": {}},
    ("", "Namespace"): {"phase": "Active"},
    ("", "PersistentVolume"): {"phase": "Pending"},
    ("", "PersistentVolumeClaim"): {"phase": "Pending"},
    ("apps", "StatefulSet"): {"availableReplicas": 0},
    ("policy", "PodDisruptionBudget"): dict.fromkeys(
        ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0
    ),
    ("autoscaling", "HorizontalPodAutoscaler"): {"desiredReplicas": 0, "currentMetrics": None},
    ("networking.k8s.io", "Ingress"): {"loadBalancer": {}},
    ("apiextensions.k8s.io", "CustomResourceDefinition"): {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": None,
    },
}


def empty_status(gvk: GroupVersionKind) -> Object | None:
    """A new object's status, to be changed freely; None for kinds without one."""
    status = _empty_status(gvk)
    return None if status is None else deepcopy(status)


@cache
def _empty_status(gvk: GroupVersionKind) -> Object | None:
    type = builtin().type_for(gvk)
    field = None if type is None else type.fields.get("status")
    if field is None or field.type is None:
        return None
    status: Object = {}
    fill_zero(status, field.type)
    return {**status, **_ALSO.get((gvk.group, gvk.kind), {})}
