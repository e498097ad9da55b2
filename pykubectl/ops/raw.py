"""A request to a path that the user names, with a file as its body.

Source: kubectl ``pkg/rawhttp/raw.go``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pykubectl.cli.errors import CommandError

if TYPE_CHECKING:
    from pykubectl.factory.factory import Factory


def send(factory: Factory, verb: str, target: str, files: list[str]) -> None:
    """Prints what the server answers. Raises CommandError, StatusError."""
    from pykubectl.client.rest import split_target

    path, params = split_target(target)
    body = _body(factory, files[0]) if files else None
    result = factory.rest.request(verb, path, params=params, body=body, accept="application/json, */*")
    text = result.bytes.decode("utf-8", "replace")
    factory.streams.out.write(text if text.endswith("\n") or not text else text + "\n")


def _body(factory: Factory, file: str) -> bytes:
    if file == "-":
        return factory.streams.in_.read().encode("utf-8", "surrogateescape")
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"open {file}: {(error.strerror or str(error)).lower()}") from None
