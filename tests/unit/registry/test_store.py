"""Create, update and patch: names, versions, dry runs, metadata."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.kv.memory import MemoryKV
from mini_server.registry.context import RequestContext
from mini_server.registry.store import RegistryStore
from mini_server.registry.strategies import RegistryConfig, strategy_for
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.store import KVStore
from pykubectl.api.resources import RESOURCES
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.endpoints.api import Api, Object

MAPS = "/api/v1/namespaces/ns/configmaps"
PODS = "/api/v1/namespaces/ns/pods"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/ns/leases"


def config_map(name: str = "c", **more: Any) -> Object:
    return {"metadata": {"name": name}, "data": {"a": "1"}, **more}


def meta(obj: Object) -> Object:
    found: Object = obj["metadata"]
    return found


# Create


def test_the_server_says_when_and_which(api: Api) -> None:
    sent = {"name": "c", "uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}
    created = meta(api.must("POST", MAPS, {"metadata": {**sent, "deletionTimestamp": "2001-01-01T00:00:00Z"}}))
    assert created["uid"] != "mine"
    assert created["creationTimestamp"] != sent["creationTimestamp"]
    assert "deletionTimestamp" not in created
    assert created["resourceVersion"]


def test_a_name_is_taken_once(api: Api) -> None:
    api.must("POST", MAPS, config_map())
    refused = api.post(MAPS, config_map())
    assert (refused.status, refused.obj["message"]) == (409, 'configmaps "c" already exists')


def test_a_name_is_needed(api: Api) -> None:
    refused = api.post(MAPS, {"metadata": {}})
    assert refused.status == 422
    assert refused.obj["details"]["causes"][0]["message"] == "Required value: name or generateName is required"


def test_a_new_object_has_no_version(api: Api) -> None:
    refused = api.post(MAPS, {"metadata": {"name": "c", "resourceVersion": "5"}})
    assert (refused.status, refused.obj["message"]) == (
        500,
        "resourceVersion should not be set on objects to be created",
    )


def test_generated_names_are_cut_to_fit(api: Api) -> None:
    name = meta(api.must("POST", MAPS, {"metadata": {"generateName": "a" * 100}}))["name"]
    assert len(name) == 63
    assert name.startswith("a" * 58)


class Repeating(random.Random):
    """Gives the same characters several times over before it goes on."""

    def __init__(self, times: int) -> None:
        super().__init__(1)
        self._left = 5 * times

    def choice(self, seq: Any) -> Any:
        self._left -= 1
        return seq[0] if self._left >= 0 else seq[1]


@pytest.mark.parametrize(("times", "code"), [(8, 0), (9, 409)])
def test_generated_names_are_tried_again(times: int, code: int) -> None:
    async def test() -> int:
        kv, clock = MemoryKV(), FakeClock()
        resource = next(r for r in RESOURCES if r.plural == "configmaps")
        strategy = strategy_for(resource, RegistryConfig())
        storage = Cacher(KVStore(kv, resource.group_resource, "/c/", strategy.attributes, {}))
        store = RegistryStore(resource, strategy, storage, clock, "/c", chance=Repeating(times))
        context = RequestContext(UserInfo("jane", "", ()), "ns")
        try:
            for _ in range(2):
                await store.create(context, {"metadata": {"generateName": "x", "namespace": "ns"}})
        except StatusError as error:
            assert "the server was not able to generate a unique name" in error.message
            return error.code
        finally:
            await storage.close()
            await kv.close()
        return 0

    assert asyncio.run(test()) == code


# Dry runs


def test_dry_runs_leave_nothing(api: Api) -> None:
    created = api.must("POST", f"{MAPS}?dryRun=All", config_map())
    assert "resourceVersion" not in meta(created)
    assert api.get(f"{MAPS}/c").status == 404
    before = api.must("POST", MAPS, config_map())
    for method, query in (("PUT", "?dryRun=All"), ("DELETE", "?dryRun=All"), ("DELETE", "?dryRun=All&x=y")):
        body = config_map(data={"a": "2"}) if method == "PUT" else None
        assert api.request(method, f"{MAPS}/c{query}", body).status == 200
        assert api.must("GET", f"{MAPS}/c") == before
    assert api.request("DELETE", f"{MAPS}?dryRun=All").status == 200
    assert api.must("GET", f"{MAPS}/c") == before


def test_dry_runs_meet_the_same_refusals(api: Api) -> None:
    assert api.request("PUT", f"{MAPS}/c?dryRun=All", config_map()).status == 404
    api.must("POST", MAPS, config_map())
    assert api.post(f"{MAPS}?dryRun=All", config_map()).status == 409
    stale = {"metadata": {"name": "c", "resourceVersion": "1"}}
    assert api.request("PUT", f"{MAPS}/c?dryRun=All", stale).status == 409
    assert api.request("PUT", f"{MAPS}/c?dryRun=All", {"metadata": {"name": "c", "uid": "x"}}).status == 409


def test_a_dry_run_of_the_last_finalizer(api: Api) -> None:
    api.must("POST", MAPS, {"metadata": {"name": "c", "finalizers": ["a.b/c"]}})
    api.must("DELETE", f"{MAPS}/c")
    emptied = api.request(
        "PATCH", f"{MAPS}/c?dryRun=All", {"metadata": {"finalizers": None}}, content_type="application/merge-patch+json"
    )
    assert "finalizers" not in meta(emptied.obj)
    assert meta(api.must("GET", f"{MAPS}/c"))["finalizers"] == ["a.b/c"]


# Update


def test_an_update_of_an_older_version_conflicts(api: Api) -> None:
    first = api.must("POST", MAPS, config_map())
    api.must("PUT", f"{MAPS}/c", config_map(data={"a": "2"}))
    refused = api.request("PUT", f"{MAPS}/c", first)
    assert refused.status == 409
    assert "the object has been modified; please apply your changes to the latest version" in refused.obj["message"]


def test_an_update_without_change_keeps_the_version(api: Api) -> None:
    first = api.must("POST", MAPS, config_map())
    assert api.must("PUT", f"{MAPS}/c", first) == first


def test_what_is_not_there_is_created_where_that_is_allowed(api: Api) -> None:
    assert api.request("PUT", f"{MAPS}/c", config_map()).status == 404
    lease = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "a"}}
    assert api.request("PUT", f"{LEASES}/l", lease).status == 201
    assert api.request("PUT", f"{LEASES}/l", lease).status == 422
    version = meta(api.must("GET", f"{LEASES}/l"))["resourceVersion"]
    lease["metadata"]["resourceVersion"] = version
    assert api.request("PUT", f"{LEASES}/l", lease).status == 200
    lease["metadata"]["name"] = "m"
    assert api.request("PUT", f"{LEASES}/m", lease).status == 404


def test_a_version_must_be_told_where_writes_are_never_blind(api: Api) -> None:
    api.must("POST", LEASES, {"metadata": {"name": "l"}, "spec": {}})
    refused = api.request("PUT", f"{LEASES}/l", {"metadata": {"name": "l"}, "spec": {}})
    assert refused.obj["details"]["causes"][0]["field"] == "metadata.resourceVersion"
    assert api.patch(f"{LEASES}/l", {"spec": {"holderIdentity": "a"}}).status == 200


def test_metadata_of_the_server_stays(api: Api) -> None:
    first = meta(api.must("POST", MAPS, {"metadata": {"generateName": "x"}}))
    put = {"name": first["name"], "creationTimestamp": None, "selfLink": "x"}
    second = meta(api.must("PUT", f"{MAPS}/{first['name']}", {"metadata": put, "data": {"a": "2"}}))
    for name in ("uid", "creationTimestamp", "generateName"):
        assert second[name] == first[name]
    assert "selfLink" not in second


def test_metadata_that_nobody_can_change(api: Api) -> None:
    api.must("POST", MAPS, config_map())
    refused = api.patch(f"{MAPS}/c", {"metadata": {"uid": "x"}})
    assert refused.obj["details"]["causes"][0]["message"] == 'Invalid value: "x": field is immutable'
    replaced = api.request("PUT", f"{MAPS}/c", {"metadata": {"name": "c", "uid": "x"}})
    assert replaced.status == 409
    assert "Precondition failed: UID in precondition: x, UID in object meta: " in replaced.obj["message"]


def test_deletion_times_cannot_be_set(api: Api) -> None:
    api.must("POST", MAPS, config_map())
    refused = api.patch(f"{MAPS}/c", {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
    assert refused.status == 422
    assert refused.obj["details"]["causes"][0]["field"] == "metadata.deletionTimestamp"


def test_names_and_namespaces_fit_the_path(api: Api) -> None:
    api.must("POST", MAPS, config_map())
    assert "does not match the name on the URL" in api.request("PUT", f"{MAPS}/c", config_map("d")).obj["message"]
    assert "name must be provided" in api.request("PUT", f"{MAPS}/c", {}).obj["message"]
    elsewhere = {"metadata": {"name": "c", "namespace": "other"}}
    for method, url in (("POST", MAPS), ("PUT", f"{MAPS}/c")):
        refused = api.request(method, url, elsewhere)
        assert (refused.status, "does not match the namespace sent" in refused.obj["message"]) == (400, True)


# Finalizers


def test_finalizers_hold_an_object(api: Api) -> None:
    api.must("POST", MAPS, {"metadata": {"name": "c", "finalizers": ["a.b/c", "a.b/d"]}})
    marked = meta(api.must("DELETE", f"{MAPS}/c"))
    assert marked["deletionTimestamp"]
    assert meta(api.must("DELETE", f"{MAPS}/c"))["resourceVersion"] == marked["resourceVersion"]
    assert api.post(MAPS, config_map()).obj["message"] == 'object is being deleted: configmaps "c" already exists'
    assert api.patch(f"{MAPS}/c", {"metadata": {"finalizers": ["a.b/c"]}}).status == 200
    added = api.patch(f"{MAPS}/c", {"metadata": {"finalizers": ["a.b/c", "a.b/e"]}})
    assert "no new finalizers can be added if the object is being deleted" in added.obj["message"]
    assert api.patch(f"{MAPS}/c", {"metadata": {"finalizers": []}}).status == 200
    assert api.get(f"{MAPS}/c").status == 404


def test_an_orphaning_deletion_waits_for_the_collector(api: Api) -> None:
    api.must("POST", MAPS, config_map())
    marked = meta(api.must("DELETE", f"{MAPS}/c?propagationPolicy=Orphan"))
    assert marked["finalizers"] == ["orphan"]
    other = meta(api.must("DELETE", f"{MAPS}/c?propagationPolicy=Foreground"))
    assert other["finalizers"] == ["foregroundDeletion"]


# Collections


def test_a_collection_goes_by_selection(api: Api) -> None:
    for name, label in (("a", "x"), ("b", "x"), ("c", "y")):
        api.must("POST", MAPS, {"metadata": {"name": name, "labels": {"l": label}}})
    api.must("POST", MAPS.replace("/ns/", "/other/"), config_map("a"))
    assert len(api.must("DELETE", f"{MAPS}?labelSelector=l%3Dx")["items"]) == 2
    assert [meta(item)["name"] for item in api.must("GET", MAPS)["items"]] == ["c"]
    assert len(api.must("DELETE", f"{MAPS}?fieldSelector=metadata.name%3Dz")["items"]) == 0
    assert len(api.must("DELETE", MAPS)["items"]) == 1
    assert api.get(f"{MAPS.replace('/ns/', '/other/')}/a").status == 200


def test_a_collections_finalizers_hold_theirs(api: Api) -> None:
    api.must("POST", MAPS, {"metadata": {"name": "a", "finalizers": ["a.b/c"]}})
    api.must("POST", MAPS, config_map("b"))
    api.must("DELETE", MAPS)
    assert [meta(item)["name"] for item in api.must("GET", MAPS)["items"]] == ["a"]
