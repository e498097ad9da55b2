"""What every store of API objects promises: writes, reads, lists."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from mini_server.kv.interface import KV
from mini_server.storage.interface import EXACT, NOT_OLDER_THAN, ListResult, Object, Preconditions, Store
from mini_server.storage.item import Item
from pykubectl.machinery import errors
from pykubectl.machinery.errors import StatusError
from tests.contract.storage_support import (
    PODS,
    create,
    every_store,
    forget_history,
    key_of,
    labelled,
    pod,
    selecting,
)


def names(result: ListResult) -> list[str]:
    return [item.obj["metadata"]["name"] for item in result.items]


async def refused(call: Any) -> StatusError:
    with pytest.raises(StatusError) as caught:
        await call
    return caught.value


def setting(**spec: Any) -> Any:
    def update(item: Item | None) -> Object:
        assert item is not None
        return {**item.obj, "spec": spec}

    return update


# -- create and get


@every_store
async def test_create_gives_the_object_with_its_resource_version(store: Store, kv: KV) -> None:
    item = await store.create(key_of("a"), pod("a", nodeName="n1"))
    assert item.revision == 2
    assert item.obj["metadata"] == {"name": "a", "namespace": "ns", "uid": "uid-a", "resourceVersion": "2"}
    assert json.loads(item.raw) == item.obj
    assert (await store.get(key_of("a"))).raw == item.raw


@every_store
async def test_the_placeholder_of_the_resource_version_is_not_mistaken(store: Store, kv: KV) -> None:
    obj = pod("a")
    obj["metadata"]["annotations"] = {"resourceVersion": "", "x": '"resourceVersion":""'}
    obj["data"] = {"resourceVersion": ""}
    item = await store.create(key_of("a"), obj)
    again = json.loads((await store.get(key_of("a"))).raw)
    assert again["metadata"]["resourceVersion"] == str(item.revision)
    assert again["metadata"]["annotations"] == obj["metadata"]["annotations"]
    assert again["data"] == obj["data"]


@every_store
async def test_create_of_what_exists(store: Store, kv: KV) -> None:
    await create(store, "a")
    error = await refused(store.create(key_of("a"), pod("a")))
    assert errors.is_already_exists(error)
    assert error.message == 'pods "a" already exists'


@every_store
async def test_create_with_a_resource_version(store: Store, kv: KV) -> None:
    obj = pod("a")
    obj["metadata"]["resourceVersion"] = "7"
    error = await refused(store.create(key_of("a"), obj))
    assert (error.code, error.message) == (500, "resourceVersion should not be set on objects to be created")


@every_store
async def test_get_of_what_is_missing(store: Store, kv: KV) -> None:
    error = await refused(store.get(key_of("a")))
    assert errors.is_not_found(error)
    assert error.message == 'pods "a" not found'


@every_store
async def test_get_at_a_resource_version(store: Store, kv: KV) -> None:
    await create(store, "a", "b")
    assert (await store.get(key_of("a"), "0")).revision == 2
    assert (await store.get(key_of("a"), "3")).revision == 2
    error = await refused(store.get(key_of("a"), "99"))
    assert (error.code, error.reason) == (504, "Timeout")
    assert error.message == "Timeout: Too large resource version: 99, current: 3"
    assert error.causes == [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]


@every_store
async def test_a_resource_version_that_is_no_number(store: Store, kv: KV) -> None:
    text = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
    for call in (store.get(key_of("a"), "abc"), store.watch(PODS, resource_version="abc")):
        error = await refused(call)
        assert (error.code, error.reason, error.message) == (500, "", text)
    error = await refused(store.list(PODS, resource_version="abc"))
    assert (error.code, error.message) == (400, f"invalid resource version: {text}")
    error = await refused(store.get(key_of("a"), "99999999999999999999999"))
    assert error.message.endswith("value out of range")


# -- update


@every_store
async def test_update_writes_what_the_function_gives(store: Store, kv: KV) -> None:
    await create(store, "a")
    item = await store.guaranteed_update(key_of("a"), setting(x=1))
    assert (item.revision, item.obj["spec"]) == (3, {"x": 1})
    assert (await store.get(key_of("a"))).raw == item.raw


@every_store
async def test_an_update_that_changes_nothing_is_not_written(store: Store, kv: KV) -> None:
    before = await store.create(key_of("a"), pod("a", x=1, y=2))
    item = await store.guaranteed_update(key_of("a"), setting(y=2, x=1))
    assert (item.revision, item.raw, kv.revision) == (2, before.raw, 2)
    assert (await store.guaranteed_update(key_of("a"), lambda item: None)).revision == 2


@every_store
async def test_values_that_python_takes_for_equal_are_different(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), pod("a", x=1))
    assert (await store.guaranteed_update(key_of("a"), setting(x=True))).revision == 3
    assert (await store.guaranteed_update(key_of("a"), setting(x=1.0))).revision == 4


@every_store
async def test_update_of_what_is_missing(store: Store, kv: KV) -> None:
    assert errors.is_not_found(await refused(store.guaranteed_update(key_of("a"), setting())))
    item = await store.guaranteed_update(key_of("a"), lambda item: pod("a"), ignore_not_found=True)
    assert item.revision == 2
    error = await refused(store.guaranteed_update(key_of("b"), lambda item: None, ignore_not_found=True))
    assert errors.is_not_found(error)


@every_store
async def test_the_function_of_an_update_may_wait(store: Store, kv: KV) -> None:
    await create(store, "a")

    async def update(item: Item | None) -> Object:
        await asyncio.sleep(0)
        assert item is not None
        return {**item.obj, "spec": {"x": 1}}

    assert (await store.guaranteed_update(key_of("a"), update)).revision == 3


@every_store
async def test_an_update_is_tried_again_when_the_object_has_changed(store: Store, kv: KV) -> None:
    await create(store, "a")
    seen: list[int] = []

    async def update(item: Item | None) -> Object:
        assert item is not None
        seen.append(item.revision)
        if len(seen) == 1:
            await store.guaranteed_update(key_of("a"), setting(other=1))
        return {**item.obj, "spec": {**item.obj["spec"], "mine": 1}}

    item = await store.guaranteed_update(key_of("a"), update)
    assert seen == [2, 3]
    assert item.obj["spec"] == {"other": 1, "mine": 1}


@every_store
async def test_an_update_of_what_is_deleted_meanwhile(store: Store, kv: KV) -> None:
    await create(store, "a")

    async def update(item: Item | None) -> Object:
        assert item is not None
        await store.delete(key_of("a"))
        return {**item.obj, "spec": {"x": 1}}

    assert errors.is_not_found(await refused(store.guaranteed_update(key_of("a"), update)))


@every_store
async def test_an_update_that_creates_while_another_does(store: Store, kv: KV) -> None:
    async def update(item: Item | None) -> Object:
        if item is None:
            await create(store, "a")
            return pod("a", lost=1)
        return {**item.obj, "spec": {"second": 1}}

    item = await store.guaranteed_update(key_of("a"), update, ignore_not_found=True)
    assert (item.revision, item.obj["spec"]) == (3, {"second": 1})


@every_store
async def test_concurrent_updates_lose_nothing(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), pod("a", n=0))

    def add(item: Item | None) -> Object:
        assert item is not None
        return {**item.obj, "spec": {"n": item.obj["spec"]["n"] + 1}}

    await asyncio.gather(*(store.guaranteed_update(key_of("a"), add) for _ in range(20)))
    assert (await store.get(key_of("a"))).obj["spec"] == {"n": 20}


@every_store
async def test_what_an_update_raises_ends_it(store: Store, kv: KV) -> None:
    await create(store, "a")

    def update(item: Item | None) -> Object:
        raise errors.new_bad_request("no")

    assert (await refused(store.guaranteed_update(key_of("a"), update))).message == "no"
    assert kv.revision == 2


@every_store
async def test_preconditions_of_an_update(store: Store, kv: KV) -> None:
    await create(store, "a")
    error = await refused(store.guaranteed_update(key_of("a"), setting(), Preconditions(uid="other")))
    assert errors.is_conflict(error)
    assert error.message == (
        'Operation cannot be fulfilled on pods "a": StorageError: invalid object, Code: 4, '
        "Key: /registry/pods/ns/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        "UID in precondition: other, UID in object meta: uid-a"
    )
    assert (await store.guaranteed_update(key_of("a"), setting(x=1), Preconditions("uid-a", "2"))).revision == 3


# -- delete


@every_store
async def test_delete_gives_the_last_state_at_the_revision_of_the_deletion(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), pod("a", x=1))
    item = await store.delete(key_of("a"))
    assert (item.revision, item.obj["metadata"]["resourceVersion"], item.obj["spec"]) == (3, "3", {"x": 1})
    assert errors.is_not_found(await refused(store.get(key_of("a"))))
    assert errors.is_not_found(await refused(store.delete(key_of("a"))))


@every_store
async def test_preconditions_of_a_deletion(store: Store, kv: KV) -> None:
    await create(store, "a")
    error = await refused(store.delete(key_of("a"), Preconditions(resource_version="1")))
    assert error.message.endswith(
        "Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: 2"
    )
    assert (await store.delete(key_of("a"), Preconditions("uid-a", "2"))).revision == 3


@every_store
async def test_a_deletion_can_be_refused(store: Store, kv: KV) -> None:
    await create(store, "a")

    async def validate(item: Item) -> None:
        raise errors.new_bad_request(f"{item.revision} stays")

    assert (await refused(store.delete(key_of("a"), None, validate))).message == "2 stays"


@every_store
async def test_a_deletion_looks_again_when_the_object_has_changed(store: Store, kv: KV) -> None:
    await create(store, "a")
    seen: list[int] = []

    async def validate(item: Item) -> None:
        seen.append(item.revision)
        if len(seen) == 1:
            await store.guaranteed_update(key_of("a"), setting(x=1))

    assert (await store.delete(key_of("a"), None, validate)).obj["spec"] == {"x": 1}
    assert seen == [2, 3]


# -- list


@every_store
async def test_list_is_sorted_by_key_and_tells_the_revision(store: Store, kv: KV) -> None:
    await create(store, "b", "a")
    await create(store, "c", namespace="before")
    await kv.create("/registry/nodes/n", b"{}")
    result = await store.list(PODS)
    assert (names(result), result.revision) == (["c", "a", "b"], 5)
    assert (result.continue_token, result.remaining) == ("", None)
    assert names(await store.list(f"{PODS}ns/")) == ["a", "b"]
    assert await store.count() == 3
    assert await store.current_revision() == 5


@every_store
async def test_list_of_a_single_key(store: Store, kv: KV) -> None:
    await create(store, "a", "ab")
    assert names(await store.list(key_of("a"))) == ["a"]
    assert names(await store.list(key_of("x"))) == []


@every_store
async def test_list_with_selectors(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), labelled("a", app="web"))
    await store.create(key_of("b"), labelled("b", app="db"))
    await store.create(key_of("c"), pod("c", nodeName="n1"))
    assert names(await store.list(PODS, selecting("app=web"))) == ["a"]
    assert names(await store.list(PODS, selecting("app"))) == ["a", "b"]
    assert names(await store.list(PODS, selecting(field_selector="spec.nodeName=n1"))) == ["c"]
    assert names(await store.list(PODS, selecting("app!=web", "metadata.name!=c"))) == ["b"]


@every_store
async def test_pages(store: Store, kv: KV) -> None:
    await create(store, *"abcde")
    first = await store.list(PODS, limit=2)
    assert (names(first), first.remaining, first.revision) == (["a", "b"], 3, 6)
    token = json.loads(base64.urlsafe_b64decode(first.continue_token + "=="))
    assert token == {"v": "meta.k8s.io/v1", "rv": 6, "start": "ns/b\x00"}
    await create(store, "bb")
    await store.delete(key_of("c"))
    second = await store.list(PODS, limit=2, continue_token=first.continue_token)
    assert (names(second), second.remaining, second.revision) == (["c", "d"], 1, 6)
    third = await store.list(PODS, limit=2, continue_token=second.continue_token)
    assert (names(third), third.remaining, third.continue_token) == (["e"], None, "")


@every_store
async def test_pages_with_a_selector_are_filled(store: Store, kv: KV) -> None:
    for i in range(10):
        await store.create(key_of(f"{i}"), labelled(f"{i}", parity=str(i % 2)))
    first = await store.list(PODS, selecting("parity=1"), limit=3)
    assert (names(first), first.remaining) == (["1", "3", "5"], None)
    second = await store.list(PODS, selecting("parity=1"), limit=3, continue_token=first.continue_token)
    assert (names(second), second.continue_token) == (["7", "9"], "")


@every_store
async def test_a_full_last_page_has_no_token(store: Store, kv: KV) -> None:
    await create(store, *"abcd")
    assert (await store.list(PODS, limit=4)).continue_token == ""
    assert (await store.list(PODS, limit=9)).remaining is None


@every_store
async def test_pages_of_a_namespace(store: Store, kv: KV) -> None:
    await create(store, "a", "b")
    await create(store, "a", namespace="other")
    first = await store.list(f"{PODS}ns/", limit=1)
    assert json.loads(base64.urlsafe_b64decode(first.continue_token + "=="))["start"] == "a\x00"
    assert names(await store.list(f"{PODS}ns/", limit=1, continue_token=first.continue_token)) == ["b"]


@every_store
async def test_an_expired_token_comes_with_one_that_goes_on(store: Store, kv: KV) -> None:
    await create(store, *"abc")
    first = await store.list(PODS, limit=1)
    await create(store, "d")
    await store.delete(key_of("b"))
    await forget_history(store, kv)
    error = await refused(store.list(PODS, limit=1, continue_token=first.continue_token))
    assert (error.code, error.reason) == (410, "Expired")
    assert error.message.startswith("The provided continue parameter is too old to display a consistent list result.")
    rest = await store.list(PODS, limit=9, continue_token=error.status["metadata"]["continue"])
    assert (names(rest), rest.revision) == (["c", "d"], 6)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("!", "invalid continue token: continue key is not valid: "),
        ({"v": "v2", "rv": 1, "start": "a"}, "server does not recognize this encoded version v2"),
        ({"v": "meta.k8s.io/v1", "start": "a"}, "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
        ({"v": "meta.k8s.io/v1", "rv": 2}, "encoded start key empty (version meta.k8s.io/v1)"),
        ({"v": "meta.k8s.io/v1", "rv": 2, "start": "../secrets/x"}, "continue key is not valid: ../secrets/x"),
        ({"v": "meta.k8s.io/v1", "rv": "x", "start": "a"}, "continue key is not valid: "),
        ([], "continue key is not valid: "),
    ],
)
def test_wrong_tokens(token: Any, message: str) -> None:
    @every_store
    async def refuse(store: Store, kv: KV) -> None:
        text = token if isinstance(token, str) else base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
        error = await refused(store.list(PODS, limit=1, continue_token=text.rstrip("=")))
        assert (error.code, error.reason) == (400, "BadRequest")
        assert message in error.message

    refuse("memory", "store", None)  # type: ignore[arg-type]
    refuse("memory", "cacher", None)  # type: ignore[arg-type]


@every_store
async def test_a_token_and_a_resource_version_do_not_go_together(store: Store, kv: KV) -> None:
    await create(store, *"abc")
    token = (await store.list(PODS, limit=1)).continue_token
    assert names(await store.list(PODS, resource_version="0", limit=2, continue_token=token)) == ["b", "c"]
    error = await refused(store.list(PODS, resource_version="3", limit=1, continue_token=token))
    assert error.message == "specifying resource version is not allowed when using continue"


@every_store
async def test_list_at_an_exact_resource_version(store: Store, kv: KV) -> None:
    await create(store, *"abc")
    await store.delete(key_of("a"))
    exact = await store.list(PODS, resource_version="3", match=EXACT)
    assert (names(exact), exact.revision) == (["a", "b"], 3)
    assert names(await store.list(PODS, resource_version="4", match=EXACT, limit=2)) == ["a", "b"]
    # without a match a limit makes it exact, too
    assert names(await store.list(PODS, resource_version="3", limit=9)) == ["a", "b"]
    newer = await store.list(PODS, resource_version="3", match=NOT_OLDER_THAN)
    assert (names(newer), newer.revision) == (["b", "c"], 5)
    assert names(await store.list(PODS, resource_version="3")) == ["b", "c"]
    assert names(await store.list(key_of("a"), resource_version="3", match=EXACT)) == ["a"]


@every_store
async def test_list_at_a_compacted_resource_version(store: Store, kv: KV) -> None:
    await create(store, *"abc")
    await forget_history(store, kv)
    error = await refused(store.list(PODS, resource_version="2", match=EXACT))
    assert (error.code, error.message) == (410, "The resourceVersion for the provided list is too old.")


@every_store
async def test_list_at_a_future_resource_version(store: Store, kv: KV) -> None:
    await create(store, "a")
    for match in (EXACT, NOT_OLDER_THAN, ""):
        error = await refused(store.list(PODS, resource_version="9", match=match))
        assert error.message == "Timeout: Too large resource version: 9, current: 2"


@every_store
async def test_objects_with_a_time_to_live(store: Store, kv: KV) -> None:
    await store.create(key_of("a"), pod("a"), ttl=3600)
    await store.create(key_of("b"), pod("b"), ttl=3600)
    await create(store, "c")
    await store.guaranteed_update(key_of("b"), setting(x=1))
    clock: Any = getattr(kv, "_clock")  # noqa: B009
    clock.advance(3599)
    assert await kv.expire() == 0
    clock.advance(200)
    assert await kv.expire() == 1
    assert names(await store.list(PODS)) == ["b", "c"]


@every_store
async def test_writes_while_the_store_closes_are_refused(store: Store, kv: KV) -> None:
    await create(store, "a")
    await kv.close()
    error = await refused(store.create(key_of("b"), pod("b")))
    assert (error.code, error.message) == (503, "the server is shutting down")
