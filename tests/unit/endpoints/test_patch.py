"""How patches fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.endpoints.api import Api

URL = "/apis/apps/v1/namespaces/ns/deployments"
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
DEPLOYMENT = {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}}
STRATEGIC = "strategic-merge-patch+json"


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"spec": {"replicas": "x"}}, '"map[spec:map[replicas:x]]": unrecognized type: int32'),
        ({"metadata": {"labels": []}}, '"map[metadata:map[labels:[]]]": cannot restore map from slice'),
        ({"spec": {"selector": "x"}}, '"map[spec:map[selector:x]]": cannot restore struct from: string'),
    ],
)
def test_values_that_do_not_fit(api: Api, patch: dict[str, Any], text: str) -> None:
    api.must("POST", URL, DEPLOYMENT)
    refused = api.patch(f"{URL}/d", patch, STRATEGIC)
    assert (refused.status, refused.obj["message"]) == (422, f' "" is invalid: patch: Invalid value: {text}')


def test_what_goes_wrong_in_a_merge_is_handed_on(api: Api) -> None:
    api.must("POST", URL, DEPLOYMENT)
    order = {"spec": {"template": {"spec": {"$setElementOrder/containers": "x"}}}}
    refused = api.patch(f"{URL}/d", order, STRATEGIC)
    assert (refused.status, refused.obj["message"]) == (500, "expected a []interface {}, but received a string")
    assert "reason" not in refused.obj


def test_bad_directives_about_keys_are_the_clients_fault(api: Api) -> None:
    api.must("POST", URL, DEPLOYMENT)
    refused = api.patch(f"{URL}/d", {"spec": {"strategy": {"$retainKeys": "x"}}}, STRATEGIC)
    assert (refused.status, refused.obj["message"]) == (400, "invalid patch format of retainKeys")
