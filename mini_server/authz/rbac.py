"""RBAC: roles, bindings, and who may do what by them.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/rbac.go``, ``pkg/registry/rbac/validation/rule.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from mini_server.authn.interface import UserInfo
from mini_server.authn.serviceaccount import user_name
from mini_server.authz.interface import Attributes, Decision, NonResourceRule, ResourceRule, Rules
from pykubectl.machinery.gostrings import quote

Object = dict[str, Any]

# Users and namespaces whose rules are kept: reviews and impersonation may name any number of them.
_REMEMBERED = 4096


class RBACReader(Protocol):
    """The RBAC objects as the watch caches have them. ``revision`` grows with each change to any of them."""

    @property
    def revision(self) -> int:
        """Changes when a role or binding does."""

    def role(self, namespace: str, name: str) -> Object | None:
        """A Role."""

    def cluster_role(self, name: str) -> Object | None:
        """A ClusterRole."""

    def role_bindings(self, namespace: str) -> Iterable[Object]:
        """The RoleBindings of a namespace."""

    def cluster_role_bindings(self) -> Iterable[Object]:
        """All ClusterRoleBindings."""


class Grant(NamedTuple):
    """A rule with the sentence on how the user comes by it."""

    rule: Object
    reason: str


class RBACAuthorizer:
    """Resolved rules are kept per user and namespace until an RBAC object changes."""

    def __init__(self, reader: RBACReader) -> None:
        self._reader = reader
        self._revision = -1
        self._grants: dict[tuple[str, tuple[str, ...], str], list[Grant]] = {}

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        """Allows what some rule allows, and else has no opinion."""
        for grant in self._for(attributes.user, attributes.namespace):
            if rule_allows(grant.rule, attributes):
                return Decision.ALLOW, grant.reason
        return Decision.NO_OPINION, ""

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        """What a user may do in a namespace, for SelfSubjectRulesReview."""
        resources: list[ResourceRule] = []
        paths: list[NonResourceRule] = []
        for grant in self._for(user, namespace):
            rule = grant.rule
            if rule.get("resources"):
                names = rule.get("resourceNames") or []
                resources.append(ResourceRule(rule["verbs"], rule.get("apiGroups") or [], rule["resources"], names))
            if rule.get("nonResourceURLs"):
                paths.append(NonResourceRule(rule["verbs"], rule["nonResourceURLs"]))
        return Rules(resources, paths)

    def rules(self, user: UserInfo, namespace: str) -> list[Object]:
        """The rules themselves, for the check that nobody grants what they have not."""
        return [grant.rule for grant in self._for(user, namespace)]

    def referenced_rules(self, namespace: str, reference: Object) -> list[Object] | None:
        """The rules of the role that a binding names, None where there is no such role."""
        if reference.get("kind") == "ClusterRole":
            role = self._reader.cluster_role(reference.get("name", ""))
        else:
            role = self._reader.role(namespace, reference.get("name", ""))
        return None if role is None else list(role.get("rules") or [])

    def _for(self, user: UserInfo, namespace: str) -> list[Grant]:
        revision = self._reader.revision
        if revision != self._revision:
            self._grants.clear()
            self._revision = revision
        key = (user.name, user.groups, namespace)
        found = self._grants.get(key)
        if found is None:
            if len(self._grants) >= _REMEMBERED:
                self._grants.clear()
            found = self._grants[key] = list(self._resolve(user, namespace))
        return found

    def _resolve(self, user: UserInfo, namespace: str) -> Iterator[Grant]:
        for binding in self._reader.cluster_role_bindings():
            yield from self._granted(binding, user, "", "ClusterRoleBinding", quote(binding["metadata"]["name"]))
        if not namespace:
            return
        for binding in self._reader.role_bindings(namespace):
            shown = quote(f"{binding['metadata']['name']}/{namespace}")
            yield from self._granted(binding, user, namespace, "RoleBinding", shown)

    def _granted(self, binding: Object, user: UserInfo, namespace: str, kind: str, shown: str) -> Iterator[Grant]:
        subject = next((s for s in binding.get("subjects") or [] if subject_is(s, user, namespace)), None)
        if subject is None:
            return
        reference = binding["roleRef"]
        rules = self.referenced_rules(namespace, reference)
        reason = (
            f"RBAC: allowed by {kind} {shown} of {reference['kind']} {quote(reference['name'])} "
            f"to {_subject_text(subject, namespace)}"
        )
        for rule in rules or []:
            yield Grant(rule, reason)


def subject_is(subject: Object, user: UserInfo, namespace: str) -> bool:
    """Whether a binding's subject means the user."""
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "User":
        return bool(name == user.name)
    if kind == "Group":
        return name in user.groups
    if kind == "ServiceAccount":
        of = subject.get("namespace") or namespace
        return bool(of) and user_name(of, name) == user.name
    return False


def _subject_text(subject: Object, namespace: str) -> str:
    if subject["kind"] == "ServiceAccount":
        account = f"{subject['name']}/{subject.get('namespace') or namespace}"
        return f"ServiceAccount {quote(account)}"
    return f"{subject['kind']} {quote(subject['name'])}"


def rule_allows(rule: Object, attributes: Attributes) -> bool:
    """Whether one rule allows what is asked."""
    verbs = rule.get("verbs") or []
    if attributes.verb not in verbs and "*" not in verbs:
        return False
    if not attributes.resource_request:
        return any(path_matches(pattern, attributes.path) for pattern in rule.get("nonResourceURLs") or [])
    groups = rule.get("apiGroups") or []
    if attributes.api_group not in groups and "*" not in groups:
        return False
    names = rule.get("resourceNames") or []
    return _resource_matches(rule.get("resources") or [], attributes) and (not names or attributes.name in names)


def _resource_matches(resources: list[str], attributes: Attributes) -> bool:
    if "*" in resources or attributes.resource_and_subresource in resources:
        return True
    return bool(attributes.subresource) and f"*/{attributes.subresource}" in resources


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path is what a rule names: itself, or something below a pattern that ends with ``*``."""
    if pattern in ("*", path):
        return True
    return pattern.endswith("*") and path.startswith(pattern.rstrip("*"))
