"""Flags and arguments against the real kubectl, on a server with fixed answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.support.canned_api import CannedAPI

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PODS = "/api/v1/namespaces/default/pods"
POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "default"}}
LIST = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}}

VALUES = """
get pods -o=name
get pods -oname
get pods --output name
get pods --output=name
get pods -Ao name
get pods -Aoname
get pods -o name -A
get pods -A=false -o name
get pods -A=t -o name
get pods -A=tRuE -o name
get pods --all-namespaces=x
get pods --all-namespaces=
get pods --all_namespaces -o name
get pods -o=name -A=1 -A=0
get pods -A=
get pods -A='"'
get pods -o=
get pods -o=name=
get pods -o ''
get pods -o
get pods --output
get pods --output='na"me'
get pods --output name --output json --output=name
get pods -Ao
get pods -Ax
get pods -xA
get pods "-'"
get pods --foo
get pods --foo=bar
get pods --é
get pods --field-sel a=b
get pods --FIELD-SELECTOR=x
get pods --=x
get pods ---foo
get pods -=
get pods -- a
get -o name -- pods a
get pods -n
get pods -n=x -o name
get pods -nx -o name
-n x get pods -o name
--namespace=x get pods -o name
get pods --request-timeout=x
get pods --request-timeout=5s -o name
get pods --request-timeout=1h1x -o name
get pods -L
get pods --sort-by
get pods --show-labels=maybe
get pods --no-headers=x
get pods --ignore-not-found=maybe
delete pods a --timeout=5
delete pods a --wait=maybe
delete pods a --grace-period=x
"""
NUMBERS = "x 0x10 010 1_0 ' 5' +5 5.5 '' 99999999999999999999 -1 0b11 0o17 09 0x 0_7 1__0 _1 -0x1 ٣ 0x8000000000000000"
LISTS = "'\"a' '\"a\"b' 'a\"b' 'é\"b' '\"a,b\"' a,b"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedAPI]:
    with CannedAPI(tmp_path_factory.mktemp("api")) as running:
        running.objects[PODS] = running.objects["/api/v1/pods"] = {**LIST, "items": [POD]}
        running.objects[f"{PODS}/a"] = POD
        running.objects["/api/v1/namespaces/x/pods"] = {**LIST, "items": []}
        yield running


def check(api: CannedAPI, lines: list[str]) -> None:
    answers = [(line, api.kubectl(*shlex.split(line)), api.pykubectl(*shlex.split(line))) for line in lines]
    assert [(line, theirs, ours) for line, theirs, ours in answers if theirs != ours] == []


@pytest.mark.parametrize("part", range(4))
def test_values(api: CannedAPI, part: int) -> None:
    check(api, VALUES.strip().splitlines()[part::4])


def test_numbers(api: CannedAPI) -> None:
    check(api, [f"get pods -o name --chunk-size={shlex.quote(number)}" for number in shlex.split(NUMBERS)])
    check(api, [f"get pods -o name -v={shlex.quote(number)}" for number in ("x", "0", "1_0", "99999999999", "")])


def test_lists(api: CannedAPI) -> None:
    check(api, [f"get -f {shlex.quote(text)}" for text in shlex.split(LISTS)])
