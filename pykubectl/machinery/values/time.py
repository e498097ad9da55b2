"""Times as the API writes them, and ages as kubectl prints them.

Source: apimachinery ``pkg/apis/meta/v1/time.go``, ``micro_time.go`` and ``pkg/util/duration/duration.go``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")


def parse_time(text: str) -> datetime:
    """An RFC 3339 time as an aware datetime in UTC. Raises ValueError where it is none."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text}")
    whole, fraction, zone = match.groups()
    # Python reads at most six digits of a second's fraction.
    time = datetime.fromisoformat(f"{whole}{fraction[:7].ljust(7, '0')}{zone}" if fraction else text)
    return time if zone == "Z" else time.astimezone(UTC)


def format_time(time: datetime) -> str:
    """``2026-01-02T03:04:05Z``: in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_micro_time(time: datetime) -> str:
    """``2026-01-02T03:04:05.000006Z``: in UTC, to the microsecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def human_duration(duration: timedelta) -> str:
    """An age in two or three characters of precision: ``45s``, ``5m10s``, ``3h20m``, ``2d4h``, ``8y``."""
    seconds = int(duration.total_seconds())
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60 * 2:
        return f"{seconds}s"
    if minutes < 10:
        return _pair(minutes, "m", seconds % 60, "s")
    if minutes < 60 * 3:
        return f"{minutes}m"
    if hours < 8:
        return _pair(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _pair(days, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{days}d"
    years = days // 365
    if hours < 24 * 365 * 8:
        return _pair(years, "y", days % 365, "d")
    return f"{years}y"


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def age(since: str | None, now: datetime) -> str:
    """The age of a timestamp as tables show it, ``<unknown>`` where there is none."""
    if not since:
        return "<unknown>"
    return human_duration(now - parse_time(since))
