"""The libraries of the extra ``server``, without which a client alone is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

NEEDED = ("uvicorn", "httptools", "cryptography", "joserfc", "prometheus_client", "httpx")


def missing(find: Callable[[str], object] = find_spec) -> str:
    """What to do about libraries that are not installed; empty where all are."""
    absent = [name for name in NEEDED if find(name) is None]
    if not absent:
        return ""
    return f"the server needs {', '.join(absent)}: pip install 'pykubectl-kit[server]'"
