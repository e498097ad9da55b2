"""Cron schedules as the server reads them: whether one is right, and what is wrong with it.

Source: github.com/robfig/cron ``parser.go`` ParseStandard.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MONTHS = dict(
    zip(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), range(1, 13), strict=True)
)
_DAYS = dict(zip(("sun", "mon", "tue", "wed", "thu", "fri", "sat"), range(7), strict=True))
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = "@every "
_DURATION = re.compile(r"[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+")


class _Bounds(NamedTuple):
    low: int
    high: int
    names: dict[str, int]


_FIELDS = (_Bounds(0, 59, {}), _Bounds(0, 23, {}), _Bounds(1, 31, {}), _Bounds(1, 12, _MONTHS), _Bounds(0, 6, _DAYS))


def complaint(schedule: str) -> str:
    """What is wrong with a schedule; empty where it is right."""
    text = schedule
    if text.startswith(("TZ=", "CRON_TZ=")):
        text = text.partition(" ")[2].strip()
    if text.startswith("@"):
        return _descriptor(text)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    for bounds, entry in zip(_FIELDS, fields, strict=True):
        for part in entry.split(","):
            if part and (fault := _range(part, bounds)):
                return fault
    return ""


def _descriptor(text: str) -> str:
    if text in _DESCRIPTORS:
        return ""
    if not text.startswith(_EVERY):
        return f"unrecognized descriptor: {text}"
    duration = text.removeprefix(_EVERY)
    if _DURATION.fullmatch(duration):
        return ""
    return f'failed to parse duration {text}: time: invalid duration "{duration}"'


class _FaultyNumber(Exception):
    """A part of a range that is no number."""


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise _FaultyNumber(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    if int(text) < 0:
        raise _FaultyNumber(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)


def _range(text: str, bounds: _Bounds) -> str:
    steps = text.split("/")
    ends = steps[0].split("-")
    try:
        if ends[0] in ("*", "?"):
            low, high = bounds.low, bounds.high
        elif len(ends) > 2:
            return f"too many hyphens: {text}"
        else:
            low, high = _number(ends[0], bounds.names), _number(ends[-1], bounds.names)
        if len(steps) > 2:
            return f"too many slashes: {text}"
        step = _number(steps[1], {}) if len(steps) == 2 else 1
    except _FaultyNumber as error:
        return str(error)
    if len(steps) == 2 and len(ends) == 1:
        high = bounds.high
    if low < bounds.low:
        return f"beginning of range ({low}) below minimum ({bounds.low}): {text}"
    if high > bounds.high:
        return f"end of range ({high}) above maximum ({bounds.high}): {text}"
    if low > high:
        return f"beginning of range ({low}) beyond end of range ({high}): {text}"
    return "" if step else f"step of range should be a positive number: {text}"
