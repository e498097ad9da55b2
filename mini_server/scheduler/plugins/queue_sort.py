"""PrioritySort: higher priority first, then who came first."""

from __future__ import annotations

from typing import Any

from mini_server.scheduler.framework.interface import QueuedPod


class PrioritySort:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/queuesort/priority_sort.go``."""

    name = "PrioritySort"

    def sort_key(self, queued: QueuedPod) -> tuple[Any, ...]:
        """Smallest first."""
        return -(queued.pod["spec"].get("priority") or 0), queued.added
