"""How the RBAC objects that a cluster begins with are written down.

Source: kubernetes ``pkg/apis/rbac/v1/helpers.go`` and ``addDefaultMetadata`` of the bootstrap policy.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
Rule = dict[str, Any]

GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
_API = f"{GROUP}/v1"

READ = "get list watch"
WRITE = "create delete deletecollection patch update"
READ_WRITE = f"{READ} {WRITE}"


def rule(verbs: str, groups: str, resources: str, *names: str) -> Rule:
    """Verbs, groups and resources are separated by spaces; ``-`` is the core group."""
    found: Rule = {
        "verbs": sorted(verbs.split()),
        "apiGroups": sorted("" if group == "-" else group for group in groups.split()),
        "resources": sorted(resources.split()),
    }
    return {**found, "resourceNames": sorted(names)} if names else found


def events() -> Rule:
    """What everything needs that reports."""
    return rule("create patch update", "- events.k8s.io", "events")


def paths(*urls: str) -> Rule:
    """Reading of paths that are no resources."""
    return {"verbs": ["get"], "nonResourceURLs": sorted(urls)}


def role(name: str, *rules: Rule, namespace: str = "") -> Object:
    """A Role, or a ClusterRole without a namespace."""
    return {**_object("Role" if namespace else "ClusterRole", name, namespace), "rules": list(rules)}


def aggregated(name: str, target: str, *feeds: str) -> Object:
    """A ClusterRole whose rules a controller collects from those that feed ``target``; itself it feeds ``feeds``."""
    found = labelled(_object("ClusterRole", name, ""), *feeds)
    return {**found, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": _feeding(target)}]}, "rules": None}


def labelled(obj: Object, *feeds: str) -> Object:
    """The role as one that aggregated roles collect from."""
    labels = dict(obj["metadata"]["labels"])
    for target in feeds:
        labels |= _feeding(target)
    return {**obj, "metadata": {**obj["metadata"], "labels": labels}}


def binding(name: str, role: str, *subjects: Object, namespace: str = "", kind: str = "ClusterRole") -> Object:
    """A RoleBinding, or a ClusterRoleBinding without a namespace."""
    found = _object("RoleBinding" if namespace else "ClusterRoleBinding", name, namespace)
    found["roleRef"] = {"apiGroup": GROUP, "kind": kind, "name": role}
    return {**found, "subjects": list(subjects)} if subjects else found


def group(name: str) -> Object:
    """A group as a binding's subject."""
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def user(name: str) -> Object:
    """A user as a binding's subject."""
    return {"kind": "User", "apiGroup": GROUP, "name": name}


def account(name: str) -> Object:
    """A service account of kube-system as a binding's subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}


def _object(kind: str, name: str, namespace: str) -> Object:
    metadata: Object = {
        "name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {AUTOUPDATE: "true"},
    }
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": _API, "kind": kind, "metadata": metadata}


def _feeding(target: str) -> dict[str, str]:
    return {f"{GROUP}/aggregate-to-{target}": "true"}
