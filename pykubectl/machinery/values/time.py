"""Times as the API writes them, and ages as kubectl prints them.

Source: apimachinery ``pkg/apis/meta/v1/time.go``, ``micro_time.go`` and ``pkg/util/duration/duration.go``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def parse_time(text: str) -> datetime:
    """An RFC 3339 time as an aware datetime in UTC. Raises ValueError where it is none."""
    if len(text) == 20 and text[19] == "Z" and text[10] == "T":
        return datetime(
            int(text[:4]),
            int(text[5:7]),
            int(text[8:10]),
            int(text[11:13]),
            int(text[14:16]),
            int(text[17:19]),
            tzinfo=UTC,
        )
    if "T" not in text or not (text.endswith("Z") or "+" in text[10:] or "-" in text[10:]):
        raise ValueError(f"not an RFC 3339 time: {text}")
    whole, dot, rest = text.partition(".")
    if dot:
        # Python reads at most six digits of a second's fraction.
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = f"{whole}.{rest[: min(digits, 6)].ljust(6, '0')}{rest[digits:]}"
    return datetime.fromisoformat(text).astimezone(UTC)


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
