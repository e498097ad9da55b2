"""Methods that some resources have beside the usual verbs.

Source: client-go ``kubernetes/typed/*/*_expansion.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pykubectl.client.transport.interface import Response


class _Raw(Protocol):
    def raw(
        self,
        verb: str,
        name: str,
        subresource: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> dict[str, Any]:
        """As :meth:`pykubectl.client.resource.ResourceClient.raw`."""

    def stream(self, name: str, subresource: str, params: Mapping[str, Any] | None = None) -> Response:
        """As :meth:`pykubectl.client.resource.ResourceClient.stream`."""


class PodExpansion:
    """Pods."""

    def bind(self: _Raw, name: str, node: str, *, uid: str = "") -> dict[str, Any]:
        """Assign the pod to a node; with ``uid`` only that very pod (else 409)."""
        metadata = {"name": name, "uid": uid} if uid else {"name": name}
        target = {"kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target}
        return self.raw("POST", name, "binding", body=binding)

    def evict(self: _Raw, name: str, *, grace_period_seconds: int | None = None) -> dict[str, Any]:
        """Delete the pod if no disruption budget forbids it (else 429)."""
        eviction: dict[str, Any] = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        if grace_period_seconds is not None:
            eviction["deleteOptions"] = {"gracePeriodSeconds": grace_period_seconds}
        return self.raw("POST", name, "eviction", body=eviction)

    def logs(
        self: _Raw,
        name: str,
        *,
        container: str = "",
        follow: bool = False,
        previous: bool = False,
        timestamps: bool = False,
        tail_lines: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int | None = None,
    ) -> Response:
        """A container's output as a stream of bytes; close the answer when done."""
        params = {
            "container": container or None,
            "follow": follow or None,
            "previous": previous or None,
            "timestamps": timestamps or None,
            "tailLines": tail_lines,
            "sinceSeconds": since_seconds,
            "limitBytes": limit_bytes,
        }
        return self.stream(name, "log", params)


class ServiceAccountExpansion:
    """Service accounts."""

    def create_token(
        self: _Raw, name: str, *, audiences: list[str] | None = None, expiration_seconds: int | None = None
    ) -> str:
        """A new token of the account."""
        spec: dict[str, Any] = {"audiences": audiences or []}
        if expiration_seconds is not None:
            spec["expirationSeconds"] = expiration_seconds
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        token: str = self.raw("POST", name, "token", body=request)["status"]["token"]
        return token
