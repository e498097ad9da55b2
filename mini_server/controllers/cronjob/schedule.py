"""Cron schedules: five fields, or a word for the usual ones.

Source: github.com/robfig/cron ``parser.go``, ``spec.go``, ``constantdelay.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pykubectl.machinery.values.duration import parse_duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# A schedule that matches no day in so many years matches none (February 30th).
_YEARS = 5
_HOUR = timedelta(hours=1)


class Schedule(Protocol):
    """When something is due."""

    def next(self, after: datetime) -> datetime | None:
        """The first time later than this one, None where there is none."""


class Every(NamedTuple):
    """Again and again after the same time."""

    seconds: int

    def next(self, after: datetime) -> datetime | None:
        """So many seconds later."""
        return after.replace(microsecond=0) + timedelta(seconds=self.seconds)


class _Field(NamedTuple):
    values: frozenset[int]
    # Given as a star: it does not narrow down the days that the other field of days names.
    any: bool


class Fields:
    """Minutes, hours, days of the month, months and days of the week, in a time zone."""

    def __init__(self, fields: Sequence[_Field], zone: tzinfo) -> None:
        self._minutes, self._hours, self._days, self._months, self._weekdays = fields
        self._zone = zone

    def next(self, after: datetime) -> datetime | None:
        """Looks for the month, then the day, then the hour and the minute; what the clock skips is skipped."""
        time = after.astimezone(self._zone).replace(second=0, microsecond=0)
        time = self._later(time, timedelta(minutes=1))
        last = time.year + _YEARS
        while time.year <= last:
            if time.month not in self._months.values:
                time = self._midnight(time.year + time.month // 12, time.month % 12 + 1, 1)
            elif not self._fits_day(time):
                following = time.date() + timedelta(days=1)
                time = self._midnight(following.year, following.month, following.day)
            elif time.hour not in self._hours.values:
                time = self._later(time.replace(minute=0), _HOUR)
            elif time.minute not in self._minutes.values:
                time = self._later(time, timedelta(minutes=1))
            else:
                return time.astimezone(UTC)
        return None

    def _fits_day(self, time: datetime) -> bool:
        by_month = time.day in self._days.values
        by_week = time.isoweekday() % 7 in self._weekdays.values
        if self._days.any or self._weekdays.any:
            return by_month and by_week
        return by_month or by_week

    def _later(self, time: datetime, by: timedelta) -> datetime:
        return (time.astimezone(UTC) + by).astimezone(self._zone)

    def _midnight(self, year: int, month: int, day: int) -> datetime:
        """The day's beginning, by way of UTC, since a zone may skip midnight."""
        return datetime(year, month, day, tzinfo=self._zone).astimezone(UTC).astimezone(self._zone)


def parse(text: str, zone: tzinfo = UTC) -> Schedule:
    """Raises ValueError on what is no schedule, or names an unknown time zone."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        name, _, text = text.partition(" ")
        zone = ZoneInfo(name.partition("=")[2])
    text = text.strip()
    if text.startswith("@every "):
        return Every(max(1, int(parse_duration(text.removeprefix("@every ")))))
    entries = _WORDS.get(text, text).split()
    if len(entries) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(entries)}: [{' '.join(entries)}]")
    bounds = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
    return Fields([_field(entry, *bound) for entry, bound in zip(entries, bounds, strict=True)], zone)


def _field(text: str, low: int, high: int, names: Sequence[str]) -> _Field:
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
            star = star or step in ("", "1")
        else:
            start, dash, end = span.partition("-")
            first = _number(start, low, names)
            last = _number(end, low, names) if dash else high if step else first
        if not low <= first <= last <= high:
            raise ValueError(f"{part} is not within {low}-{high}")
        values.update(range(first, last + 1, int(step or 1)))
    return _Field(frozenset(values), star)


def _number(text: str, low: int, names: Sequence[str]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text)
