"""Go durations: ``1h30m``, ``250ms``.

Source: Go ``time.ParseDuration`` and ``Duration.String``.
"""

from __future__ import annotations

import re
from fractions import Fraction

from pykubectl.machinery.gostrings import quote

_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")


def parse_duration(text: str) -> float:
    """Seconds. Raises ValueError with Go's text."""
    return parse_nanoseconds(text) / 1e9


def parse_nanoseconds(text: str) -> int:
    """Nanoseconds. Raises ValueError with Go's text."""
    body = text
    sign = 1
    if body[:1] in ("+", "-"):
        sign = -1 if body[0] == "-" else 1
        body = body[1:]
    if body == "0":
        return 0
    position, total = 0, Fraction(0)
    while position < len(body):
        match = _PART.match(body, position)
        if match is None:
            raise ValueError(_complaint(text, body[position:]))
        total += Fraction(match[1]) * _UNITS[match[2]]
        position = match.end()
    if not body:
        raise ValueError(f"time: invalid duration {quote(text)}")
    return sign * int(total)


def _complaint(text: str, rest: str) -> str:
    number = re.match(r"[0-9.]+", rest)
    if number is None or number[0] == ".":
        return f"time: invalid duration {quote(text)}"
    unit = re.match(r"[^0-9.]+", rest[number.end() :])
    if unit is None:
        return f"time: missing unit in duration {quote(text)}"
    return f"time: unknown unit {quote(unit[0])} in duration {quote(text)}"


def format_duration(seconds: float) -> str:
    """As Go prints it: ``1m30s``, ``1.5s``, ``250ms``, ``0s``."""
    nanoseconds = round(seconds * 10**9)
    sign = "-" if nanoseconds < 0 else ""
    nanoseconds = abs(nanoseconds)
    if nanoseconds < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if nanoseconds >= size:
                return f"{sign}{_decimal(nanoseconds, size)}{unit}"
        return "0s"
    whole, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(whole, 60)
    text = f"{_decimal(rest, 10**9)}s"
    if whole:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else f"{sign}{text}"


def _decimal(number: int, size: int) -> str:
    whole, rest = divmod(number, size)
    if not rest:
        return str(whole)
    digits = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"
