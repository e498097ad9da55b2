"""Logs of hollow containers, in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class LogKey(NamedTuple):
    """One container of one pod."""

    namespace: str
    pod: str
    container: str


class Line(NamedTuple):
    """A line with the time it was written at and its number since the container's first."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Options of the ``log`` subresource, named as in PodLogOptions."""

    follow: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    since_seconds: int | None = None
    since_time: datetime | None = None


class ContainerLogs:
    """The last lines of every container; readers that follow are woken by a write.

    Safe to use from several threads. `close` ends every reader that follows.
    """

    def __init__(self, lines_per_container: int = 1000) -> None:
        self._limit = lines_per_container
        self._lines: dict[LogKey, deque[Line]] = {}
        self._ended: set[LogKey] = set()
        self._changed = threading.Condition()
        self._closed = False

    def write(self, key: LogKey, at: datetime, text: str) -> None:
        """Appends a line; a container that had ended is live again."""
        with self._changed:
            lines = self._lines.setdefault(key, deque(maxlen=self._limit))
            number = lines[-1].number + 1 if lines else 0
            lines.append(Line(number, at, text))
            self._ended.discard(key)
            self._changed.notify_all()

    def end(self, key: LogKey) -> None:
        """The container has exited: readers that follow come to their end, lines stay."""
        with self._changed:
            self._ended.add(key)
            self._changed.notify_all()

    def forget_pod(self, namespace: str, pod: str) -> None:
        """Drops the logs of a removed pod."""
        with self._changed:
            for key in [k for k in self._lines if k.namespace == namespace and k.pod == pod]:
                del self._lines[key]
                self._ended.discard(key)
            self._changed.notify_all()

    def close(self) -> None:
        """Ends every reader that follows, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def read(self, key: LogKey, options: LogOptions, now: datetime) -> Iterator[bytes]:
        """The selected lines with line ends; with ``follow``, new ones as they come until the container ends."""
        left = options.limit_bytes
        for line in self._select(key, options, now):
            stamp = f"{line.at:%Y-%m-%dT%H:%M:%S.%f}000Z " if options.timestamps else ""
            data = f"{stamp}{line.text}\n".encode()
            if left is not None:
                data = data[:left]
                left -= len(data)
            yield data
            if left == 0:
                return

    def _select(self, key: LogKey, options: LogOptions, now: datetime) -> Iterator[Line]:
        since = options.since_time
        if options.since_seconds is not None:
            since = now - timedelta(seconds=options.since_seconds)
        with self._changed:
            held = list(self._lines.get(key, ()))
        lines = [line for line in held if since is None or line.at >= since]
        if options.tail_lines is not None:
            lines = lines[len(lines) - options.tail_lines :] if options.tail_lines < len(lines) else lines
        yield from lines
        if options.follow:
            yield from self._follow(key, held[-1].number if held else -1)

    def _follow(self, key: LogKey, last: int) -> Iterator[Line]:
        while True:
            with self._changed:
                new = [line for line in self._lines.get(key, ()) if line.number > last]
                if not new:
                    if self._closed or key in self._ended or key not in self._lines:
                        return
                    self._changed.wait()
                    continue
            yield from new
            last = new[-1].number
