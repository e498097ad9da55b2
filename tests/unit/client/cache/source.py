"""A list and watch that tests feed."""

from __future__ import annotations

import queue
import threading
from typing import Any

from pykubectl.client.dynamic import DictCodec
from pykubectl.client.watch import Watch
from tests.support.fake_transport import FakeResponse, stream_response

Object = dict[str, Any]


def obj(name: str, version: int, namespace: str = "ns", **extra: Any) -> Object:
    """An object with a resourceVersion."""
    return {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)}, **extra}


def listing(version: int, *items: Object) -> Object:
    """A list's document."""
    return {"metadata": {"resourceVersion": str(version)}, "items": [*items]}


class Source:
    """Answers lists from ``lists`` (the last one stays; exceptions are raised); hands each watch to ``watches``."""

    def __init__(self, *lists: Any) -> None:
        self._lists = [*lists]
        self.list_calls: list[dict[str, Any]] = []
        self.watch_calls: list[dict[str, Any]] = []
        self.watch_errors: list[Exception] = []
        self.watches: queue.SimpleQueue[FakeResponse] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def list(self, **options: Any) -> Any:
        """The next list."""
        self.list_calls.append(options)
        answer = self._lists.pop(0) if len(self._lists) > 1 else self._lists[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def watch(self, **options: Any) -> Watch[Object]:
        """A watch that the test feeds."""
        self.watch_calls.append(options)
        if self.watch_errors:
            raise self.watch_errors.pop(0)
        response = stream_response()
        self.watches.put(response)
        return Watch(response, DictCodec().decode_event)

    def next_watch(self) -> FakeResponse:
        """The next watch, as soon as it was started."""
        return self.watches.get(timeout=5)
