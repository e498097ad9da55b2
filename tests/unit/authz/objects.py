"""RBAC objects for tests, in few words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes

Object = dict[str, Any]

ALICE = UserInfo("alice", groups=("devs", "system:authenticated"))


def rule(verbs: str, groups: str = "", resources: str = "", *names: str, paths: str = "") -> Object:
    """Words separated by spaces; ``-`` is the core group."""
    found: Object = {"verbs": verbs.split()}
    if groups:
        found["apiGroups"] = ["" if group == "-" else group for group in groups.split()]
    if resources:
        found["resources"] = resources.split()
    if names:
        found["resourceNames"] = list(names)
    if paths:
        found["nonResourceURLs"] = paths.split()
    return found


def asks(verb: str, resource: str, *, user: UserInfo = ALICE, name: str = "", namespace: str = "ns") -> Attributes:
    """A question; the resource is written ``resource.group/subresource``."""
    resource, _, subresource = resource.partition("/")
    resource, _, group = resource.partition(".")
    return Attributes(user, verb, namespace, group, "v1", resource, subresource, name)


def asks_path(verb: str, path: str, user: UserInfo = ALICE) -> Attributes:
    """A question about a path."""
    return Attributes(user, verb, resource_request=False, path=path)


def subject(text: str) -> Object:
    """``User:alice``, ``Group:devs``, ``ServiceAccount:ns/name`` or ``ServiceAccount:name``."""
    kind, _, name = text.partition(":")
    if kind != "ServiceAccount":
        return {"kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    namespace, slash, account = name.rpartition("/")
    return {"kind": kind, "name": account, **({"namespace": namespace} if slash else {})}


def binding(name: str, role: str, *subjects: str) -> Object:
    """``role``: ``ClusterRole/view`` or ``Role/reader``."""
    kind, _, role_name = role.partition("/")
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role_name},
        "subjects": [subject(text) for text in subjects],
    }


class Reader:
    """RBAC objects in memory."""

    def __init__(self) -> None:
        self.revision = 1
        self.roles: dict[tuple[str, str], Object] = {}
        self.cluster_roles: dict[str, Object] = {}
        self.bindings: dict[str, list[Object]] = {}
        self.cluster_bindings: list[Object] = []

    def role(self, namespace: str, name: str) -> Object | None:
        return self.roles.get((namespace, name))

    def cluster_role(self, name: str) -> Object | None:
        return self.cluster_roles.get(name)

    def role_bindings(self, namespace: str) -> Iterable[Object]:
        return self.bindings.get(namespace, [])

    def cluster_role_bindings(self) -> Iterable[Object]:
        return self.cluster_bindings
