"""Transports; ``new_transport`` picks the one that suits a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.transport.choose import new_transport as new_transport
    from pykubectl.client.transport.interface import Request as Request
    from pykubectl.client.transport.interface import Response as Response
    from pykubectl.client.transport.interface import Transport as Transport

_NAMES = {"Request": "interface", "Response": "interface", "Transport": "interface", "new_transport": "choose"}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
