"""PrioritySort: higher priority first, then who came first."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.framework.interface import QueuedPod, pod_priority


class PrioritySort:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/queuesort/priority_sort.go``."""

    name = "PrioritySort"

    def sort_key(self, queued: QueuedPod) -> tuple[Any, ...]:
        """Smallest first."""
        return -pod_priority(queued.pod), queued.added
