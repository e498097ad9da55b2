"""Roles inside kube-system and kube-public, with the bindings that give them.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go``.
"""

from __future__ import annotations

from mini_server.controlplane.rbac_rules import READ, Object, account, binding, events, role, rule, user

_SYSTEM, _PUBLIC = "kube-system", "kube-public"
_CONTROLLER = "system:controller:"
_LOCKING = "system::leader-locking-"
_READER = "extension-apiserver-authentication-reader"
_MANAGER, _SCHEDULER = "kube-controller-manager", "kube-scheduler"


def namespace_roles() -> list[Object]:
    """The Roles."""
    return [
        role(_READER, rule(READ, "-", "configmaps", "extension-apiserver-authentication"), namespace=_SYSTEM),
        role(f"{_CONTROLLER}bootstrap-signer", rule(READ, "-", "secrets"), namespace=_SYSTEM),
        role(
            f"{_CONTROLLER}cloud-provider",
            rule("create get list update watch", "-", "configmaps"),
            namespace=_SYSTEM,
        ),
        role(
            f"{_CONTROLLER}token-cleaner",
            rule("delete get list watch", "-", "secrets"),
            events(),
            namespace=_SYSTEM,
        ),
        *(
            role(
                f"{_LOCKING}{component}",
                rule("watch", "-", "configmaps"),
                rule("get update", "-", "configmaps", component),
                namespace=_SYSTEM,
            )
            for component in (_MANAGER, _SCHEDULER)
        ),
        role(
            f"{_CONTROLLER}bootstrap-signer",
            rule(READ, "-", "configmaps"),
            rule("update", "-", "configmaps", "cluster-info"),
            events(),
            namespace=_PUBLIC,
        ),
    ]


def namespace_role_bindings() -> list[Object]:
    """The RoleBindings."""

    def bound(name: str, role: str, *subjects: Object, namespace: str = _SYSTEM) -> Object:
        return binding(name, role, *subjects, namespace=namespace, kind="Role")

    return [
        bound(f"system::{_READER}", _READER, user(f"system:{_MANAGER}"), user(f"system:{_SCHEDULER}")),
        *(
            bound(_LOCKING + component, _LOCKING + component, user(f"system:{component}"), account(component))
            for component in (_MANAGER, _SCHEDULER)
        ),
        *(
            bound(_CONTROLLER + name, _CONTROLLER + name, account(name))
            for name in ("bootstrap-signer", "cloud-provider", "token-cleaner")
        ),
        bound(
            f"{_CONTROLLER}bootstrap-signer",
            f"{_CONTROLLER}bootstrap-signer",
            account("bootstrap-signer"),
            namespace=_PUBLIC,
        ),
    ]
