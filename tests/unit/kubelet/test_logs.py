"""Logs of hollow containers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mini_server.kubelet.ipam import AddressPool
from mini_server.kubelet.logs import ContainerLogs, LogKey, LogOptions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = LogKey("default", "p", "c")


@pytest.fixture
def logs() -> ContainerLogs:
    logs = ContainerLogs(lines_per_container=5)
    for number in range(4):
        logs.write(KEY, NOW + timedelta(seconds=number), f"line {number}")
    return logs


def read(logs: ContainerLogs, **options: Any) -> bytes:
    return b"".join(logs.read(KEY, LogOptions(**options), NOW + timedelta(seconds=10)))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, b"line 0\nline 1\nline 2\nline 3\n"),
        ({"tail_lines": 1}, b"line 3\n"),
        ({"tail_lines": 0}, b""),
        ({"tail_lines": 99}, b"line 0\nline 1\nline 2\nline 3\n"),
        ({"limit_bytes": 9}, b"line 0\nli"),
        ({"since_seconds": 8}, b"line 2\nline 3\n"),
        ({"since_time": NOW + timedelta(seconds=3)}, b"line 3\n"),
        ({"tail_lines": 1, "timestamps": True}, b"2026-01-01T00:00:03.000000000Z line 3\n"),
    ],
)
def test_options(logs: ContainerLogs, options: dict[str, Any], expected: bytes) -> None:
    assert read(logs, **options) == expected


def test_only_the_last_lines_are_kept(logs: ContainerLogs) -> None:
    for number in range(4, 8):
        logs.write(KEY, NOW, f"line {number}")

    assert read(logs) == b"line 3\nline 4\nline 5\nline 6\nline 7\n"


@pytest.mark.parametrize("end", ["container", "logs", "pod"])
def test_following_ends_with_the_container_the_pod_or_the_kubelet(logs: ContainerLogs, end: str) -> None:
    got: list[bytes] = []
    seen = threading.Event()

    def follow() -> None:
        for chunk in logs.read(KEY, LogOptions(follow=True, tail_lines=0), NOW):
            got.append(chunk)
            seen.set()

    thread = threading.Thread(target=follow)
    thread.start()
    logs.write(KEY, NOW, "late")
    assert seen.wait(10)
    {"container": lambda: logs.end(KEY), "logs": logs.close, "pod": lambda: logs.forget_pod("default", "p")}[end]()
    thread.join(10)

    assert not thread.is_alive()
    assert got == [b"late\n"]


def test_addresses_are_given_once_and_again_after_release() -> None:
    pool = AddressPool("10.244.1.0/29")
    taken = [pool.take(f"u{n}") for n in range(5)]
    assert taken == [f"10.244.1.{n}" for n in range(2, 7)]
    assert pool.take("u0") == "10.244.1.2"
    with pytest.raises(RuntimeError, match=r"no pod address left in 10\.244\.1\.0/29"):
        pool.take("one too many")

    pool.release("u3")
    pool.release("unknown")

    assert pool.take("next") == "10.244.1.5"
