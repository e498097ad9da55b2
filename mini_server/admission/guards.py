"""Checks of what is written that are no plugins: no flag turns them off.

Upstream has them in the stores of the RBAC resources and in the handlers.
Source: kubernetes ``pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased``,
apiserver ``pkg/endpoints/handlers/create.go`` withAuthorization.
"""

from __future__ import annotations

from typing import Any, Protocol

from mini_server.admission.interface import CREATE, UPDATE, Attributes
from mini_server.authn.interface import MASTERS, UserInfo
from mini_server.authz import interface as authz
from mini_server.authz.escalation import FULL_AUTHORITY, refusal
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupResource

Object = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_ROLES = frozenset(("roles", "clusterroles"))
_BINDINGS = frozenset(("rolebindings", "clusterrolebindings"))
# What the garbage collector changes of objects that it does not understand.
_COLLECTED = frozenset(("ownerReferences", "finalizers", "managedFields", "resourceVersion"))


class RuleResolver(Protocol):
    """The rules of users and roles."""

    def rules(self, user: UserInfo, namespace: str) -> list[Object]:
        """All rules of a user in a namespace."""

    def referenced_rules(self, namespace: str, reference: Object) -> list[Object] | None:
        """The rules of the role that a binding names, None where there is no such role."""


class Escalation:
    """Lets roles and bindings give only what their writer has, or who may ``escalate`` the role or ``bind`` it."""

    name = "Escalation"

    def __init__(self, authorizer: authz.Authorizer, resolver: RuleResolver) -> None:
        self._authorizer = authorizer
        self._resolver = resolver

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 403, and with 404 where a binding names a role that is not there."""
        resource, obj, old = attributes.gvr.resource, attributes.obj, attributes.old_obj
        if attributes.gvr.group != _RBAC or obj is None or MASTERS in attributes.user.groups:
            return
        if old is not None and _same_but_for_collection(obj, old):
            return
        if resource in _ROLES:
            self._role(attributes, obj, old)
        elif resource in _BINDINGS:
            self._binding(attributes, obj)

    def _role(self, attributes: Attributes, obj: Object, old: Object | None) -> None:
        # The name of what is created is not part of the question: it is in the body, not in the path.
        name = attributes.name if old is not None else ""
        if self._may(attributes, "escalate", attributes.gvr.resource, name):
            return
        self._confirm(attributes, obj.get("rules") or [])
        if not any(_aggregates(role) for role in (obj, old)):
            return
        owned = self._resolver.rules(attributes.user, attributes.namespace)
        if refusal(attributes.user, owned, FULL_AUTHORITY) is not None:
            raise attributes.forbidden("must have cluster-admin privileges to use the aggregationRule")

    def _binding(self, attributes: Attributes, obj: Object) -> None:
        reference = obj["roleRef"]
        resource = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
        if self._may(attributes, "bind", resource, reference["name"]):
            return
        rules = self._resolver.referenced_rules(attributes.namespace, reference)
        if rules is None:
            raise new_not_found(GroupResource(_RBAC, resource), reference["name"])
        self._confirm(attributes, rules)

    def _may(self, attributes: Attributes, verb: str, resource: str, name: str) -> bool:
        question = authz.Attributes(attributes.user, verb, attributes.namespace, _RBAC, "*", resource, name=name)
        return self._authorizer.authorize(question)[0] is authz.Decision.ALLOW

    def _confirm(self, attributes: Attributes, wanted: list[Object]) -> None:
        owned = self._resolver.rules(attributes.user, attributes.namespace)
        text = refusal(attributes.user, owned, wanted)
        if text is not None:
            raise attributes.forbidden(text)


def _aggregates(role: Object | None) -> bool:
    return bool(((role or {}).get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _same_but_for_collection(obj: Object, old: Object) -> bool:
    return _uncollected(obj) == _uncollected(old)


def _uncollected(obj: Object) -> Object:
    metadata = {name: value for name, value in obj["metadata"].items() if name not in _COLLECTED}
    return {**obj, "metadata": metadata}


class CreationByUpdate:
    """A PUT that creates needs the right to create beside the one to update."""

    name = "CreationByUpdate"

    def __init__(self, authorizer: authz.Authorizer) -> None:
        self._authorizer = authorizer

    def handles(self, operation: str) -> bool:
        """Creations."""
        return operation == CREATE

    async def validate(self, attributes: Attributes) -> None:
        """Refuses with 403."""
        if attributes.verb not in ("update", "patch"):
            return
        gvr = attributes.gvr
        question = authz.Attributes(
            attributes.user,
            "create",
            attributes.namespace,
            gvr.group,
            gvr.version,
            gvr.resource,
            attributes.subresource,
            attributes.name,
        )
        decision, reason = self._authorizer.authorize(question)
        if decision is not authz.Decision.ALLOW:
            raise attributes.forbidden(reason)
