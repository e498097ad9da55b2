"""DefaultBinder: posts a Binding."""

from __future__ import annotations

from collections.abc import Callable

from mini_server.scheduler.framework.interface import Code, CycleState, Pod, Status
from pykubectl.machinery.errors import StatusError


class DefaultBinder:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/defaultbinder/default_binder.go``.

    ``post_binding(pod, node)`` writes to the API server and raises StatusError where that is refused.
    """

    name = "DefaultBinder"

    def __init__(self, post_binding: Callable[[Pod, str], None]) -> None:
        self._post_binding = post_binding

    def bind(self, state: CycleState, pod: Pod, node: str) -> Status | None:
        """Binds the pod to the node."""
        try:
            self._post_binding(pod, node)
        except StatusError as error:
            return Status(Code.ERROR, (error.message,))
        return None
