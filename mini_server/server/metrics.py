"""/metrics in Prometheus' text form.

Names: apiserver ``pkg/endpoints/metrics``. prometheus-client renders; counting is a dict update on the hot path.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mini_server.endpoints.request import AnyResponse, Request, Response
from pykubectl.api.resources import RESOURCES

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_BUCKETS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60)
_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_SERVED = frozenset(
    (resource.group, resource.version, resource.plural, subresource)
    for resource in RESOURCES
    for subresource in ("", *(found.name for found in resource.subresources))
)
Labels = tuple[str, str, str, str, str, str]


class Metrics:
    """Requests by verb, resource and code, and how long their answers took to begin (seconds)."""

    def __init__(self) -> None:
        self._requests: dict[Labels, int] = {}
        self._durations: dict[tuple[str, str], list[float]] = {}

    def observe(self, request: Request, status: int, seconds: float) -> None:
        """Counts a request."""
        labels = _labels(request, status)
        self._requests[labels] = self._requests.get(labels, 0) + 1
        verb, resource = labels[0], labels[3]
        if verb == "WATCH":
            return
        cells = self._durations.setdefault((verb, resource), [0.0] * (len(_BUCKETS) + 2))
        for index, bound in enumerate(_BUCKETS):
            if seconds <= bound:
                cells[index] += 1
                break
        cells[-2] += 1
        cells[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """For prometheus-client."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        names = ["verb", "group", "version", "resource", "subresource", "code"]
        text = "Counter of apiserver requests broken out for each verb, group, version, resource and code."
        requests = CounterMetricFamily("apiserver_request", text, labels=names)
        for labels, count in self._requests.items():
            requests.add_metric(list(labels), count)
        yield requests
        text = "Response latency distribution in seconds for each verb and resource."
        durations = HistogramMetricFamily("apiserver_request_duration_seconds", text, labels=["verb", "resource"])
        for key, cells in self._durations.items():
            durations.add_metric(list(key), _cumulative(cells), cells[-1])
        yield durations

    async def handle(self, request: Request) -> AnyResponse | None:
        """Answers /metrics, None for other paths."""
        if request.path != "/metrics":
            return None
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.platform_collector import PlatformCollector
        from prometheus_client.process_collector import ProcessCollector

        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        return Response(200, generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8")


def _labels(request: Request, status: int) -> Labels:
    """What callers make up is not told apart: there would be no end to it."""
    info = request.info
    resource = (info.api_group, info.api_version, info.resource, info.subresource)
    if info.is_resource_request and resource in _SERVED:
        return info.verb.upper(), *resource, str(status)
    return request.method if request.method in _METHODS else "other", "", "", "", "", str(status)


def _cumulative(cells: list[float]) -> list[tuple[str, float]]:
    total = 0.0
    buckets = []
    for bound, count in zip(_BUCKETS, cells):
        total += count
        buckets.append((str(bound), total))
    return [*buckets, ("+Inf", cells[-2])]
