"""Events: what happened to an object, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.record.recorder import EventBroadcaster as EventBroadcaster
    from pykubectl.client.record.recorder import EventRecorder as EventRecorder

_NAMES = {"EventBroadcaster": "recorder", "EventRecorder": "recorder"}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
