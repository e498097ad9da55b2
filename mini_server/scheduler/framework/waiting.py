"""Pods that hold a node while permit plugins make up their minds.

Source: kubernetes ``pkg/scheduler/framework/runtime/waiting_pods_map.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from mini_server.scheduler.framework.interface import Code, Status
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.values.duration import format_duration

Pod = dict[str, Any]

# The longest that a plugin may make a pod wait, in seconds.
MAX_TIMEOUT = 15 * 60.0


class WaitingPod:
    """One pod, and the plugins that it waits for with the seconds each of them asked for.

    Safe to use from several threads; the first of `reject`, a time-out or the last `allow` decides.
    """

    def __init__(self, pod: Pod, timeouts: Mapping[str, float], clock: Clock) -> None:
        self.pod = pod
        self._clock = clock
        self._lock = threading.Lock()
        self._timeouts = {name: min(seconds, MAX_TIMEOUT) for name, seconds in timeouts.items()}
        self._pending = set(self._timeouts)
        self._begun = clock.monotonic()
        self._decided = threading.Event()
        self._status: Status | None = None

    def pending_plugins(self) -> list[str]:
        """The plugins that have not spoken yet."""
        with self._lock:
            return sorted(self._pending)

    def allow(self, plugin: str) -> None:
        """A plugin has nothing against the pod any more."""
        with self._lock:
            self._pending.discard(plugin)
            if not self._pending:
                self._decided.set()

    def reject(self, plugin: str, reason: str) -> None:
        """A plugin refuses the pod."""
        with self._lock:
            if not self._decided.is_set():
                self._status = Status(Code.UNSCHEDULABLE, (reason,), plugin)
                self._decided.set()

    def wait(self) -> Status | None:
        """Blocks until the pod is allowed by all (None), refused, or one of the plugins' times is over."""
        while not self._decided.is_set():
            due, plugin = self._next_timeout()
            if not self._clock.wait(self._decided, due - self._clock.monotonic()):
                seconds = self._timeouts[plugin]
                self.reject(
                    plugin, f"rejected due to timeout after waiting {format_duration(seconds)} at plugin {plugin}"
                )
        return self._status

    def _next_timeout(self) -> tuple[float, str]:
        with self._lock:
            waiting = self._pending or set(self._timeouts)
            return min((self._begun + self._timeouts[name], name) for name in waiting)


class WaitingPods:
    """All waiting pods of a profile, by uid."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pods: dict[str, WaitingPod] = {}

    def add(self, waiting: WaitingPod) -> None:
        """A pod begins to wait."""
        with self._lock:
            self._pods[waiting.pod["metadata"]["uid"]] = waiting

    def remove(self, uid: str) -> None:
        """A pod has waited long enough."""
        with self._lock:
            self._pods.pop(uid, None)

    def get(self, uid: str) -> WaitingPod | None:
        """A waiting pod, None where it does not wait."""
        with self._lock:
            return self._pods.get(uid)

    def all(self) -> list[WaitingPod]:
        """Those that wait now."""
        with self._lock:
            return list(self._pods.values())
