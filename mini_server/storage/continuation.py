"""Continue tokens: base64url of ``{"v":"meta.k8s.io/v1","rv":REVISION,"start":KEY}`` without padding.

Source: apiserver ``pkg/storage/continue.go``.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
from typing import Any

from pykubectl.machinery.errors import StatusError, new_bad_request

_VERSION = "meta.k8s.io/v1"
# A token that goes on at the newest revision, given out when its revision is gone.
NEWEST = -1


def encode_continue(key: str, prefix: str, revision: int) -> str:
    """The token of a page that starts at ``key``, which is below ``prefix``."""
    token = {"v": _VERSION, "rv": revision, "start": key.removeprefix(prefix)}
    data = json.dumps(token, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_continue(token: str, prefix: str) -> tuple[str, int]:
    """Start key and revision (`NEWEST` for the newest). BadRequest."""
    content = _content(token)
    version, revision, start = content.get("v", ""), content.get("rv", 0), content.get("start", "")
    if version != _VERSION:
        raise _invalid(f" is not valid: server does not recognize this encoded version {version}")
    if not revision:
        raise _invalid(f" is not valid: incorrect encoded start resourceVersion (version {_VERSION})")
    if not start:
        raise _invalid(f" is not valid: encoded start key empty (version {_VERSION})")
    # The start key comes from the client: it must not leave the prefix.
    key = start if start.startswith("/") else f"/{start}"
    if key.startswith("//") or posixpath.normpath(key) != key:
        raise _invalid(f" is not valid: {start}")
    return prefix + key[1:], revision


def _content(token: str) -> dict[str, Any]:
    try:
        if "=" in token or "+" in token or "/" in token:
            raise ValueError("illegal base64 data")
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        content = json.loads(data)
    except (ValueError, binascii.Error) as error:
        raise _invalid(f" is not valid: {error}") from None
    if not isinstance(content, dict):
        raise _invalid(" is not valid: not an object")
    types = {"v": str, "rv": int, "start": str}
    for name, expected in types.items():
        if not isinstance(content.get(name, expected()), expected):
            raise _invalid(f" is not valid: {name} has the wrong type")
    return content


def _invalid(rest: str) -> StatusError:
    return new_bad_request(f"invalid continue token: continue key{rest}")
