"""Warning headers of answers.

Source of the rules: apimachinery ``pkg/util/net/http.go`` ParseWarningHeader (RFC 7234 section 5.5).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WARNING = re.compile(rf'\s*(?P<code>\d{{3}}) (?P<agent>[^\s"]+) (?P<text>{_QUOTED})(?: {_QUOTED})?\s*(?:,|$)')


def parse(header: str) -> Iterator[tuple[int, str, str]]:
    """Code, agent and text of each warning in a header; what follows a malformed one is left out."""
    position = 0
    while position < len(header):
        match = _WARNING.match(header, position)
        if match is None:
            return
        text = re.sub(r"\\(.)", r"\1", match["text"][1:-1])
        yield int(match["code"]), match["agent"], text.strip()
        position = match.end()
