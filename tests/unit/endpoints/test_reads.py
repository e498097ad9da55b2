"""GET, LIST and WATCH as requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.endpoints.api import Api, Object

MAPS = "/api/v1/namespaces/ns/configmaps"
PODS = "/api/v1/namespaces/ns/pods"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def fill(api: Api, *names: str, **labels: str) -> list[str]:
    """Their versions."""
    made = [api.must("POST", MAPS, {"metadata": {"name": name, "labels": labels}}) for name in names]
    return [obj["metadata"]["resourceVersion"] for obj in made]


def names(answer: Any) -> list[str]:
    return [item["metadata"]["name"] for item in answer["items"]]


# Selection


def test_selectors(api: Api) -> None:
    fill(api, "a", "b", app="x")
    fill(api, "c", app="y")
    fill(api, "d")
    for selector, found in (
        ("app=x", ["a", "b"]),
        ("app in (x,y)", ["a", "b", "c"]),
        ("app!=x", ["c", "d"]),
        ("!app", ["d"]),
        ("app,app!=y", ["a", "b"]),
    ):
        assert names(api.must("GET", f"{MAPS}?labelSelector={quote(selector)}")) == found, selector
    assert names(api.must("GET", f"{MAPS}?fieldSelector={quote('metadata.name!=a')}")) == ["b", "c", "d"]
    assert names(api.must("GET", f"{MAPS}?fieldSelector=metadata.name%3Da&labelSelector=app%3Dy")) == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("labelSelector=a%20b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("fieldSelector=spec.x%3Dy", '"spec.x" is not a known field selector: only "metadata.name", "metadata.names'),
        ("fieldSelector=a", "invalid selector: 'a'; can't understand 'a'"),
        ("limit=x", 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("limit=1_0", 'strconv.ParseInt: parsing "1_0": invalid syntax'),
        ("limit=" + "9" * 20, "value out of range"),
        ("continue=x", "continue key is not valid"),
        ("timeout=bogus", "invalid timeout specified in the request URL"),
        ("resourceVersion=x", "Invalid value"),
        ("resourceVersionMatch=Exact", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("resourceVersionMatch=X&resourceVersion=1", "Unsupported value"),
        ("resourceVersionMatch=Exact&resourceVersion=0", 'resourceVersionMatch "exact" is forbidden for resourceVers'),
        ("sendInitialEvents=true", "sendInitialEvents is forbidden for list"),
    ],
)
def test_what_cannot_be_asked_for(api: Api, query: str, text: str) -> None:
    refused = api.get(f"{MAPS}?{query}")
    assert refused.status in (400, 422)
    assert text in refused.obj["message"]


# Limits


def test_a_list_in_pieces_is_one_list(api: Api) -> None:
    fill(api, "a", "b", "c", "d", "e")
    first = api.must("GET", f"{MAPS}?limit=2")
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a", "b"], 3)
    fill(api, "bb", "f")
    second = api.must("GET", f"{MAPS}?limit=2&continue={quote(first['metadata']['continue'])}")
    assert (names(second), second["metadata"]["remainingItemCount"]) == (["c", "d"], 1)
    third = api.must("GET", f"{MAPS}?limit=2&continue={quote(second['metadata']['continue'])}")
    assert names(third) == ["e"]
    assert "continue" not in third["metadata"]
    versions = {piece["metadata"]["resourceVersion"] for piece in (first, second, third)}
    assert len(versions) == 1


def test_a_selection_in_pieces_does_not_tell_how_much_is_left(api: Api) -> None:
    fill(api, "a", "b", "c", app="x")
    first = api.must("GET", f"{MAPS}?limit=1&labelSelector=app%3Dx")
    assert "remainingItemCount" not in first["metadata"]
    assert first["metadata"]["continue"]


def test_the_next_piece_has_no_version_of_its_own(api: Api) -> None:
    fill(api, "a", "b")
    token = quote(api.must("GET", f"{MAPS}?limit=1")["metadata"]["continue"])
    refused = api.get(f"{MAPS}?limit=1&continue={token}&resourceVersion=5")
    assert refused.status == 400
    assert "specifying resource version is not allowed when using continue" in refused.obj["message"]


# Versions


def test_lists_of_a_version(api: Api) -> None:
    first, _ = fill(api, "a", "b")
    exact = api.must("GET", f"{MAPS}?resourceVersion={first}&resourceVersionMatch=Exact")
    assert (names(exact), exact["metadata"]["resourceVersion"]) == (["a"], first)
    newer = api.must("GET", f"{MAPS}?resourceVersion={first}&resourceVersionMatch=NotOlderThan")
    assert names(newer) == ["a", "b"]
    assert names(api.must("GET", f"{MAPS}?resourceVersion=0")) == ["a", "b"]


def test_objects_of_a_version_that_is_not_there_yet(api: Api) -> None:
    fill(api, "a")
    refused = api.get(f"{MAPS}/a?resourceVersion=999999")
    assert (refused.status, refused.obj["message"]) == (504, "Timeout: Too large resource version: 999999, current: 2")
    assert refused.obj["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
    assert api.get(f"{MAPS}/a?resourceVersion=0").status == 200


# Forms


def test_tables(api: Api) -> None:
    fill(api, "a", "b")
    table = api.get(MAPS, accept=TABLE).obj
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert [row["cells"][0] for row in table["rows"]] == ["a", "b"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    whole = api.get(f"{MAPS}?includeObject=Object", accept=TABLE).obj
    assert whole["rows"][0]["object"]["kind"] == "ConfigMap"
    none = api.get(f"{MAPS}?includeObject=None", accept=TABLE).obj
    assert none["rows"][0]["object"] is None
    one = api.get(f"{MAPS}/a", accept=TABLE).obj
    assert len(one["rows"]) == 1


def test_metadata_alone(api: Api) -> None:
    fill(api, "a")
    one = api.get(f"{MAPS}/a", accept=PARTIAL).obj
    assert (one["kind"], one["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert set(one) == {"kind", "apiVersion", "metadata"}
    several = api.get(MAPS, accept=PARTIALS).obj
    assert (several["kind"], len(several["items"])) == ("PartialObjectMetadataList", 1)


def test_yaml_and_indented_json(api: Api) -> None:
    fill(api, "a")
    assert api.get(f"{MAPS}/a", accept="application/yaml").body.startswith(b"apiVersion: v1\n")
    assert b'\n  "apiVersion": "v1"' in api.get(f"{MAPS}/a?pretty=true").body
    assert b'\n  "items": [' in api.get(f"{MAPS}?pretty=true").body
    assert api.get(f"{MAPS}/a", accept="text/plain").status == 406


# Watches


def told(events: list[Object]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


def test_a_watch_tells_what_came_after_its_version(api: Api) -> None:
    first, *_ = fill(api, "a", "b")
    api.patch(f"{MAPS}/a", {"data": {"k": "v"}})
    api.must("DELETE", f"{MAPS}/b")
    events = api.watch(f"{MAPS}?watch=1&resourceVersion={first}", 3)
    assert told(events) == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]
    assert {event["object"]["kind"] for event in events} == {"ConfigMap"}


def test_a_watch_without_a_version_begins_with_what_is_there(api: Api) -> None:
    fill(api, "b", "a")
    assert told(api.watch(f"{MAPS}?watch=true", 2)) == [("ADDED", "a"), ("ADDED", "b")]


def test_a_selection_is_left_and_entered(api: Api) -> None:
    first, *_ = fill(api, "a", app="x")
    for label in ("y", "x"):
        api.patch(f"{MAPS}/a", {"metadata": {"labels": {"app": label}}})
    events = api.watch(f"{MAPS}?watch=1&resourceVersion={first}&labelSelector=app%3Dx", 2)
    assert told(events) == [("DELETED", "a"), ("ADDED", "a")]
    assert events[0]["object"]["metadata"]["labels"] == {"app": "x"}


def test_one_object_is_watched_by_its_name(api: Api) -> None:
    fill(api, "a", "b")
    assert told(api.watch("/api/v1/watch/namespaces/ns/configmaps/b", 1)) == [("ADDED", "b")]
    assert told(api.watch("/api/v1/watch/configmaps?fieldSelector=metadata.name%3Db", 1)) == [("ADDED", "b")]
    other = api.get("/api/v1/watch/namespaces/ns/configmaps/b?fieldSelector=metadata.name%3Da")
    assert other.obj["message"] == "fieldSelector metadata.name doesn't match requested name"


def test_the_first_events_end_with_a_bookmark(api: Api) -> None:
    fill(api, "a")
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    events = api.watch(f"{MAPS}?{query}", 2)
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    marked = events[1]["object"]["metadata"]
    assert marked["annotations"] == {"k8s.io/initial-events-end": "true"}
    refused = api.get(f"{MAPS}?watch=1&sendInitialEvents=true")
    assert "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan" in refused.obj["message"]


def test_watches_of_tables_have_their_columns_once(api: Api) -> None:
    fill(api, "a", "b")
    first, second = (event["object"] for event in api.watch(f"{MAPS}?watch=1", 2, accept=TABLE))
    assert [column["name"] for column in first["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert second["columnDefinitions"] is None
    assert [row["cells"][0] for row in second["rows"]] == ["b"]


def test_watches_of_metadata_alone(api: Api) -> None:
    fill(api, "a")
    (event,) = api.watch(f"{MAPS}?watch=1", 1, accept=PARTIAL)
    assert event["object"]["kind"] == "PartialObjectMetadata"
    assert "data" not in event["object"]


def test_versions_that_are_forgotten_or_still_to_come(api: Api) -> None:
    fill(api, "a")
    api.stores.forget_history()
    (event,) = api.watch(f"{MAPS}?watch=1&resourceVersion=1", 1)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert api.get(f"{MAPS}?watch=1&resourceVersion=x").status == 500
