"""Endpoints and their slices: addresses of other hosts, unless the control plane itself has written them.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateNonSpecialIP. A control plane on one
machine is itself on the loopback interface, and so are pods there that use the host's network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.api.resources import Resource
from pykubectl.machinery.validation.field import ErrorList

Object = dict[str, Any]

_CONTROL_PLANE = ("system:apiserver", "system:kube-controller-manager")


class EndpointsStrategy(Strategy):
    """``remote`` gives the faults of the addresses as addresses of other hosts."""

    def __init__(self, resource: Resource, remote: Callable[[Object], ErrorList]) -> None:
        super().__init__(resource)
        self._remote = remote

    def validate(self, context: RequestContext, obj: Object) -> ErrorList:
        """Where traffic may be sent to."""
        return [] if context.user.name in _CONTROL_PLANE else self._remote(obj)

    def validate_update(self, context: RequestContext, obj: Object, old: Object) -> ErrorList:
        """The same of a changed one."""
        return self.validate(context, obj)
