"""/metrics, /healthz and the like."""

from __future__ import annotations

import asyncio

import pytest

from mini_server.endpoints.request import AnyResponse, Query, Request, Response
from mini_server.endpoints.request_info import request_info
from mini_server.server.health import Health
from mini_server.server.metrics import Metrics


async def nothing() -> bytes:
    return b""


async def never() -> None:
    await asyncio.Event().wait()


def request(target: str, method: str = "GET") -> Request:
    path, _, raw = target.partition("?")
    query = Query(raw)
    return Request(method, path, query, {}, nothing, never, info=request_info(method, path, query))


def answer(handle: object, target: str) -> Response | None:
    async def ask() -> AnyResponse | None:
        found: AnyResponse | None = await handle(request(target))  # type: ignore[operator]
        return found

    found = asyncio.run(ask())
    assert found is None or isinstance(found, Response)
    return found


def samples(metrics: Metrics) -> list[str]:
    found = answer(metrics.handle, "/metrics")
    assert found is not None
    lines = found.body.decode().splitlines()
    return [line for line in lines if line.startswith("apiserver_request_total")]


@pytest.mark.parametrize(
    ("method", "target", "status", "labels"),
    [
        ("GET", "/api/v1/pods", 200, 'code="200",group="",resource="pods",subresource="",verb="LIST",version="v1"'),
        (
            "GET",
            "/api/v1/namespaces/a/pods/b",
            404,
            'code="404",group="",resource="pods",subresource="",verb="GET",version="v1"',
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/a/deployments/b/status",
            200,
            'code="200",group="apps",resource="deployments",subresource="status",verb="PATCH",version="v1"',
        ),
        ("GET", "/version", 200, 'code="200",group="",resource="",subresource="",verb="GET",version=""'),
        ("GET", "/api/v1/made-up", 404, 'code="404",group="",resource="",subresource="",verb="GET",version=""'),
        (
            "GET",
            "/api/v1/namespaces/a/pods/b/made-up",
            404,
            'code="404",group="",resource="",subresource="",verb="GET",version=""',
        ),
        ("BREW", "/coffee", 404, 'code="404",group="",resource="",subresource="",verb="other",version=""'),
    ],
)
def test_a_request_is_counted_by_words_that_are_known(method: str, target: str, status: int, labels: str) -> None:
    metrics = Metrics()
    metrics.observe(request(target, method), status, 0.01)
    assert samples(metrics) == [f"apiserver_request_total{{{labels}}} 1.0"]


def test_words_that_callers_make_up_take_no_room() -> None:
    metrics = Metrics()
    for number in range(1000):
        metrics.observe(request(f"/apis/g{number}/v1/r{number}"), 404, 0.01)
        metrics.observe(request(f"/api/v1/pods/x/s{number}", f"M{number}"), 403, 0.01)
        metrics.observe(request(f"/p{number}"), 403, 0.01)
    assert len(samples(metrics)) == 3


def test_durations_fall_into_buckets_and_watches_have_none() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.03, 100):
        metrics.observe(request("/api/v1/pods"), 200, seconds)
    metrics.observe(request("/api/v1/pods?watch=1"), 200, 100)
    found = answer(metrics.handle, "/metrics")
    assert found is not None
    text = found.body.decode()
    name = "apiserver_request_duration_seconds"
    for line in (
        f'{name}_bucket{{le="0.005",resource="pods",verb="LIST"}} 1.0',
        f'{name}_bucket{{le="0.05",resource="pods",verb="LIST"}} 2.0',
        f'{name}_bucket{{le="60.0",resource="pods",verb="LIST"}} 2.0',
        f'{name}_bucket{{le="+Inf",resource="pods",verb="LIST"}} 3.0',
        f'{name}_count{{resource="pods",verb="LIST"}} 3.0',
    ):
        assert line.replace('60.0"', '60"') in text.replace('60.0"', '60"')
    assert 'verb="WATCH"} ' not in "".join(line for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        ("/healthz", 200, "ok"),
        ("/livez", 200, "ok"),
        ("/readyz", 200, "ok"),
        ("/healthz/etcd", 200, "ok"),
        ("/healthz/gone", 404, "404 page not found\n"),
        ("/livez/shutdown", 404, "404 page not found\n"),
        ("/readyz/shutdown", 200, "ok"),
        ("/livez?verbose", 200, "[+]ping ok\n[+]log ok\n[+]etcd ok\nlivez check passed\n"),
        ("/readyz?verbose=1", 200, "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n"),
        ("/livez?verbose&exclude=etcd", 200, "[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nlivez check passed\n"),
        (
            "/livez?verbose&exclude=x",
            200,
            '[+]ping ok\n[+]log ok\n[+]etcd ok\nwarn: some health checks cannot be excluded: no matches for "x"\n'
            "livez check passed\n",
        ),
    ],
)
def test_health(target: str, status: int, text: str) -> None:
    found = answer(Health({"etcd": lambda: True}, lambda: True).handle, target)
    assert found is not None
    assert (found.status, found.body.decode()) == (status, text)


@pytest.mark.parametrize("target", ["/", "/health", "/healthz/a/b", "/healthzz", "/api/healthz"])
def test_other_paths_are_not_healths(target: str) -> None:
    assert answer(Health({}, lambda: True).handle, target) is None


def test_a_failing_check_is_named_without_its_reason() -> None:
    health = Health({"etcd": lambda: False}, lambda: True)
    found = answer(health.handle, "/healthz")
    assert found is not None
    assert found.status == 500
    assert found.body.decode() == "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nhealthz check failed\n"
    single = answer(health.handle, "/healthz/etcd")
    assert single is not None
    assert single.status == 500


def test_a_server_that_stops_is_alive_and_not_ready() -> None:
    health = Health({}, lambda: False)
    states = [answer(health.handle, f"/{name}") for name in ("livez", "readyz")]
    assert [found.status for found in states if found is not None] == [200, 500]
