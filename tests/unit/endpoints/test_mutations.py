"""Objects with something wrong in them are refused, or taken, but never too much for the server."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from pykubectl.api.resources import RESOURCES
from tests.unit.apis import (
    test_batch_validation as batch,
)
from tests.unit.apis import (
    test_core_validation as core,
)
from tests.unit.apis import (
    test_extension_validation as extensions,
)
from tests.unit.apis import (
    test_pod_validation as pods,
)
from tests.unit.apis import (
    test_service_validation as services,
)
from tests.unit.apis import (
    test_workload_validation as workloads,
)
from tests.unit.endpoints.api import Api, Object

OBJECTS: list[Object] = [
    pods.POD,
    services.SERVICE,
    core.MAP,
    core.SECRET,
    core.NODE,
    core.CLAIM,
    core.VOLUME,
    core.QUOTA,
    core.LIMITS,
    workloads.DEPLOYMENT,
    workloads.DAEMONS,
    workloads.STATEFUL,
    workloads.BUDGET,
    workloads.SCALER,
    batch.JOB,
    batch.CRON,
    *extensions.GOOD,
]
VALUES: list[Any] = [None, {}, [], "", 0, -1, "x", [None], [{}], True, 1e30, {"a": "b"}, ["x"], [[]], "9" * 30, "é\x00"]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
Place = tuple[str | int, ...]


def collection(obj: Object) -> str:
    resource = next(r for r in RESOURCES if r.gvk.api_version == obj["apiVersion"] and r.kind == obj["kind"])
    prefix = f"/apis/{resource.group}/{resource.version}" if resource.group else "/api/v1"
    return f"{prefix}/namespaces/ns/{resource.plural}" if resource.namespaced else f"{prefix}/{resource.plural}"


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    if here:
        yield here
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from places(entry, (*here, name))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from places(entry, (*here, index))


def mutated(obj: Object, chance: random.Random) -> Object:
    copy = deepcopy(obj)
    for _ in range(chance.randint(1, 3)):
        *steps, last = chance.choice(list(places(copy)))
        holder: Any = copy
        for step in steps:
            holder = holder[step]
        if chance.random() < 0.3:
            del holder[last]
        else:
            holder[last] = deepcopy(chance.choice(VALUES))
        if not copy:
            break
    return copy


@pytest.mark.parametrize("obj", OBJECTS, ids=lambda obj: obj["kind"])
def test_nothing_is_too_much(api: Api, obj: Object) -> None:
    chance, url = random.Random(obj["kind"]), collection(obj)
    name = obj["metadata"]["name"]
    api.must("POST", url, obj)
    for _ in range(60):
        wrong = mutated(obj, chance)
        patch = {field: value for field, value in wrong.items() if field != "metadata"}
        for answer in (
            api.post(f"{url}?dryRun=All", wrong),
            api.request("PUT", f"{url}/{name}", wrong),
            api.patch(f"{url}/{name}", patch),
            api.patch(f"{url}/{name}", patch, "strategic-merge-patch+json"),
            api.get(url, accept=TABLE),
        ):
            assert "panic serving" not in str(answer.body), wrong
