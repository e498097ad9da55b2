"""Cron schedules, and which of their times is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mini_server.controllers.cronjob.schedule import parse
from mini_server.controllers.cronjob.timing import SLACK, due, until_next
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
        ("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
        ("*/15 * * * *", "2026-01-01T00:14:00Z", "2026-01-01T00:15:00Z"),
        ("*/15 * * * *", "2026-01-01T00:45:00Z", "2026-01-01T01:00:00Z"),
        ("20/15 * * * *", "2026-01-01T00:20:00Z", "2026-01-01T00:35:00Z"),
        ("5,10 3-5 * * *", "2026-01-01T03:10:00Z", "2026-01-01T04:05:00Z"),
        ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("0 0 29 feb ?", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 12 * * MON-FRI", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"),
        # With both kinds of days given, either is enough.
        ("0 0 13 * fri", "2026-01-10T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("0 0 13 * fri", "2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"),
        # A star with a step is no star in that.
        ("0 0 */20 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        ("@hourly", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
        ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("@every 1m30s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
    ],
)
def test_the_next_time(text: str, after: str, expected: str) -> None:
    found = parse(text).next(parse_time(after))
    assert found is not None
    assert format_time(found) == expected


def test_a_day_that_never_comes() -> None:
    assert parse("0 0 30 2 *").next(parse_time("2026-01-01T00:00:00Z")) is None


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* * 0 * *", "x * * * *", "5-1 * * * *", "@often"])
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("30 8 * * *", "2026-01-01T00:00:00Z", "2026-01-01T13:30:00Z"),
        # The clock goes from 2 to 3: that day has no half past two.
        ("30 2 * * *", "2026-03-08T00:00:00Z", "2026-03-09T06:30:00Z"),
        ("0 * * * *", "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"),
    ],
)
def test_time_zones(text: str, after: str, expected: str) -> None:
    zone = ZoneInfo("America/New_York")
    found = parse(text, zone).next(parse_time(after))
    assert found is not None
    assert format_time(found) == expected
    named = parse(f"TZ=America/New_York {text}").next(parse_time(after))
    assert named == found


# What is due


def cron_job(last: str | None = None, deadline: int | None = None) -> Object:
    status = {"lastScheduleTime": last} if last else {}
    spec = {} if deadline is None else {"startingDeadlineSeconds": deadline}
    return {"metadata": {"creationTimestamp": "2026-01-01T00:00:30Z"}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("given", "now", "expected"),
    [
        (cron_job(), "2026-01-01T00:00:59Z", None),
        (cron_job(), "2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z"),
        (cron_job(), "2026-01-01T00:05:10Z", "2026-01-01T00:05:00Z"),
        (cron_job("2026-01-01T00:05:00Z"), "2026-01-01T00:05:59Z", None),
        (cron_job(None, 20), "2026-01-01T00:05:30Z", None),
        (cron_job(None, 40), "2026-01-01T00:05:30Z", "2026-01-01T00:05:00Z"),
    ],
)
def test_the_latest_time_counts(given: Object, now: str, expected: str | None) -> None:
    found = due(given, parse("* * * * *"), parse_time(now)).time
    assert (format_time(found) if found else None) == expected


@pytest.mark.parametrize("text", ["* * * * *", "*/7 3-9 * * *", "@every 61s", "0 0 1 * *"])
@pytest.mark.parametrize("days", [0.05, 2, 400])
def test_a_long_past_is_made_short(text: str, days: float) -> None:
    plan, start = parse(text), parse_time("2026-01-01T00:00:30Z")
    now = start + timedelta(days=days)

    found = due(cron_job(), plan, now)

    if found.time is None:
        assert following(plan.next(start)) > now
        return
    assert found.time <= now < following(plan.next(found.time))
    assert found.too_many is (text != "0 0 1 * *" and days >= 2)


def following(time: datetime | None) -> datetime:
    assert time is not None
    return time


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(cron_job(), 20), (cron_job("2026-01-01T00:01:00Z"), 20), (cron_job("2026-01-01T00:02:00Z"), 20)],
)
def test_when_to_look_again(given: Object, seconds: int) -> None:
    assert until_next(given, parse("* * * * *"), parse_time("2026-01-01T00:02:40Z")) == seconds + SLACK


def test_there_may_be_no_next_time() -> None:
    assert until_next(cron_job(), parse("0 0 30 2 *"), parse_time("2026-01-01T00:02:40Z")) is None
