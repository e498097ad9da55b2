"""Flow schemas and priority levels that a cluster begins with; this server does not queue by them.

Source: apiserver ``pkg/apis/flowcontrol/bootstrap/default.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Object = dict[str, Any]

_ANNOTATIONS = {"apf.kubernetes.io/autoupdate-spec": "true"}
_EVERYTHING: Object = {
    "verbs": ["*"],
    "apiGroups": ["*"],
    "resources": ["*"],
    "namespaces": ["*"],
    "clusterScope": True,
}
_EVERY_PATH: Object = {"verbs": ["*"], "nonResourceURLs": ["*"]}


class _Level(NamedTuple):
    shares: int
    # queues, hand size, length of a queue; None rejects what is too much
    queuing: tuple[int, int, int] | None


_LEVELS = {
    "catch-all": _Level(5, None),
    "global-default": _Level(20, (128, 6, 50)),
    "leader-election": _Level(10, (16, 4, 50)),
    "node-high": _Level(40, (64, 6, 50)),
    "system": _Level(30, (64, 6, 50)),
    "workload-high": _Level(40, (128, 6, 50)),
    "workload-low": _Level(100, (128, 6, 50)),
}


class _Schema(NamedTuple):
    level: str
    precedence: int
    # ByUser, ByNamespace, or neither
    distinguisher: str
    subjects: tuple[Object, ...]
    resources: tuple[Object, ...] = (_EVERYTHING,)
    paths: tuple[Object, ...] = (_EVERY_PATH,)


def _group(name: str) -> Object:
    return {"kind": "Group", "group": {"name": name}}


def _user(name: str) -> Object:
    return {"kind": "User", "user": {"name": name}}


def _resources(verbs: str, group: str, resources: str, namespace: str, *, cluster: bool = False) -> Object:
    found: Object = {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split()}
    return {**found, "namespaces": [namespace], **({"clusterScope": True} if cluster else {})}


_EVERYBODY = (_group("system:unauthenticated"), _group("system:authenticated"))
_NODES = (_group("system:nodes"),)
_MANAGER, _SCHEDULER = _user("system:kube-controller-manager"), _user("system:kube-scheduler")
_SYSTEM_ACCOUNTS: Object = {"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": "kube-system"}}
_LOCKS = "get create update"

_SCHEMAS = {
    "catch-all": _Schema("catch-all", 10000, "ByUser", _EVERYBODY),
    "exempt": _Schema("exempt", 1, "", (_group("system:masters"),)),
    "global-default": _Schema("global-default", 9900, "ByUser", _EVERYBODY),
    "kube-controller-manager": _Schema("workload-high", 800, "ByNamespace", (_MANAGER,)),
    "kube-scheduler": _Schema("workload-high", 800, "ByNamespace", (_SCHEDULER,)),
    "kube-system-service-accounts": _Schema("workload-high", 900, "ByNamespace", (_SYSTEM_ACCOUNTS,)),
    "probes": _Schema(
        "exempt", 2, "", _EVERYBODY, (), ({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]},)
    ),
    "service-accounts": _Schema("workload-low", 9000, "ByUser", (_group("system:serviceaccounts"),)),
    "system-leader-election": _Schema(
        "leader-election",
        100,
        "ByUser",
        (_MANAGER, _SCHEDULER, _SYSTEM_ACCOUNTS),
        (_resources(_LOCKS, "coordination.k8s.io", "leases", "*"),),
        (),
    ),
    "system-node-high": _Schema(
        "node-high",
        400,
        "ByUser",
        _NODES,
        (
            _resources("*", "", "nodes nodes/status", "*", cluster=True),
            _resources("*", "coordination.k8s.io", "leases", "*"),
        ),
        (),
    ),
    "system-nodes": _Schema("system", 500, "ByUser", _NODES),
}


def priority_levels() -> Iterator[Object]:
    """The PriorityLevelConfigurations."""
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    yield {"metadata": _metadata("exempt"), "spec": exempt}
    for name, level in _LEVELS.items():
        response: Object = {"type": "Reject"}
        if level.queuing is not None:
            queues, hand, length = level.queuing
            response = {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": length}}
        limited = {
            "nominalConcurrencyShares": level.shares,
            "limitResponse": response,
            "lendablePercent": _LENDABLE.get(name, 0),
        }
        yield {"metadata": _metadata(name), "spec": {"type": "Limited", "limited": limited}}


# What levels lend to others, in per cent.
_LENDABLE = {
    "global-default": 50,
    "leader-election": 0,
    "node-high": 25,
    "system": 33,
    "workload-high": 50,
    "workload-low": 90,
}


def flow_schemas() -> Iterator[Object]:
    """The FlowSchemas."""
    for name, schema in _SCHEMAS.items():
        rules: Object = {"subjects": list(schema.subjects)}
        if schema.resources:
            rules["resourceRules"] = list(schema.resources)
        if schema.paths:
            rules["nonResourceRules"] = list(schema.paths)
        spec: Object = {
            "priorityLevelConfiguration": {"name": schema.level},
            "matchingPrecedence": schema.precedence,
            "rules": [rules],
        }
        if schema.distinguisher:
            spec["distinguisherMethod"] = {"type": schema.distinguisher}
        yield {"metadata": _metadata(name), "spec": spec}


def _metadata(name: str) -> Object:
    return {"name": name, "annotations": dict(_ANNOTATIONS)}
