"""Tables, columns, orders and watches against the real kubectl, with answers that no server of ours gives."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned_api import CannedAPI, Object, column, row, table
from tests.support.commands import Result

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PODS, ALL_PODS = "/api/v1/namespaces/default/pods", "/api/v1/pods"
SERVICES = "/api/v1/namespaces/default/services"
NAME = column("Name", format="name")
ODD_COLUMNS = [
    NAME,
    column("Ready Cond"),
    column("Count", type="integer"),
    column("Num", type="number"),
    column("ok", type="boolean"),
    column("Wide", priority=1),
    column("Text"),
]
ODD_ROWS = [
    row(
        ["a", "1/1", 0, 1.5, True, None, "x\ny"],
        {"name": "a", "namespace": "default", "labels": {"app": "web", "a.b/tier": "é"}},
    ),
    row(["bé😀", "", 1000000, 1e6, False, "w", "t\tt"], {"name": "b", "namespace": "default", "labels": {}}),
    row(["c\x1b[31m", "long long text", -5, 1e-7, None, ["l", 1], {"m": 1}], {"name": "c", "namespace": "default"}),
    row(["日本語テキスト", "\r\nx", 0, 0, "", "\f", "z "]),
    row(["short", "r"], {"name": "d"}),
    row(["more", "r", 1, 2, 3, 4, 5, 6, 7, 8], {"name": "d"}),
]
ITEMS: list[Object] = [
    {
        "metadata": {"name": "a", "namespace": "default", "labels": {"app": "x\ty"}},
        "spec": {"n": 1, "l": [1, 2], "m": {"b": 1, "a": None}, "nil": None, "t": "x\ny", "f": 1.5, "b": True},
    },
    {
        "metadata": {"name": "bé😀", "namespace": "default"},
        "spec": {"l": [], "t": "\x1b[31m", "c": [{"i": "x"}, {"i": "y"}]},
    },
    {"metadata": {"name": "c", "namespace": "default"}, "spec": {"t": "a\rb\fc\vd", "c": [{"i": None}]}},
]
LIST = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": ITEMS}
POD = {"kind": "Pod", "apiVersion": "v1", **ITEMS[0]}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[CannedAPI]:
    with CannedAPI(tmp_path) as running:
        yield running


def differences(api: CannedAPI, lines: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], Result, Result]]:
    """Command lines that are answered differently, with kubectl's answer and ours."""
    answers = [(line, api.kubectl(*line), api.pykubectl(*line)) for line in lines]
    return [(line, theirs, ours) for line, theirs, ours in answers if theirs != ours]


TABLE_FLAGS = [
    [],
    ["-o", "wide"],
    ["--no-headers"],
    ["--no-headers", "-o", "wide"],
    ["--show-labels"],
    ["-L", "app"],
    ["-L", "app,a.b/tier"],
    ["-L", "app", "-L", "other", "--show-labels"],
    ["--show-kind"],
    ["-A"],
    ["-A", "--show-labels", "-L", "app"],
    ["--show-kind", "--no-headers"],
]


def test_odd_cells_and_rows(api: CannedAPI) -> None:
    api.tables[PODS] = api.tables[ALL_PODS] = table(ODD_COLUMNS, ODD_ROWS)
    assert differences(api, [["get", "pods", *flags] for flags in TABLE_FLAGS]) == []


def test_long_tables(api: CannedAPI) -> None:
    columns = [NAME, column("B"), column("C")]
    rows = [row(["x" * (n // 100), "y" * (n % 37), "z"], {"name": str(n)}) for n in range(2500)]
    api.tables[PODS] = table(columns, rows)
    assert differences(api, [["get", "pods"], ["get", "pods", "--no-headers"]]) == []


@pytest.mark.parametrize("rows", [[], ODD_ROWS[:1]], ids=["empty", "full"])
@pytest.mark.parametrize("columns", [[], ODD_COLUMNS], ids=["bare", "named"])
def test_several_types(api: CannedAPI, columns: list[Object], rows: list[Object]) -> None:
    api.tables[PODS] = table(columns, rows)
    api.tables[SERVICES] = table([NAME], [row(["s"], {"name": "s"})])
    api.tables["/apis/x.y/v1/namespaces/default/widgets"] = table([NAME], [])
    lines = [["pods"], ["pods", "--no-headers"], ["pods,services"], ["pods,services", "--no-headers"], ["all"]]
    lines += [
        ["services,pods,services"],
        ["widgets,pods,services", "--show-labels"],
        ["widgets"],
        ["wd,po", "-o", "wide"],
    ]
    assert differences(api, [["get", *line] for line in lines]) == []


VALUES: dict[str, list[Any]] = {
    "few": [0, 1, 2],
    "texts": ["1Gi", "500Mi", "10", "9", "abc", "1k", "b", "", "1.5", "0.1"],
    "gaps": [None, None, 1, 2],
    "floats": [0.5, 1.5, 2.5, -1.5, 1e300],
}


@pytest.mark.parametrize("kind", [*VALUES, "ascending", "descending", "nearly"])
@pytest.mark.parametrize("size", [2, 12, 13, 50, 100, 700])
def test_rows_are_sorted_into_the_same_order_equal_ones_too(api: CannedAPI, kind: str, size: int) -> None:
    rng = random.Random(f"{kind} {size}")
    values = [rng.choice(VALUES.get(kind, [0])) for _ in range(size)]
    if kind not in VALUES:
        values = [-n // 2 if kind == "descending" else n // 2 for n in range(size)]
    if kind == "nearly":
        values[size // 2] = -1
    absent = rng.sample(range(size), size // 10)
    rows = [
        row([f"p{n}"], {"name": f"p{n}", **({} if n in absent else {"k": value})}) for n, value in enumerate(values)
    ]
    api.tables[PODS] = table([NAME], rows)
    items = [{"kind": "Pod", "apiVersion": "v1", "metadata": one["object"]["metadata"]} for one in rows]
    api.objects[PODS] = {**LIST, "items": items}
    lines = [["get", "pods", "--sort-by=.metadata.k"], ["get", "pods", "--sort-by={.metadata.k}", "-o", "name"]]
    assert differences(api, lines) == []


def test_twenty_rows_in_the_order_that_the_unit_test_pins(api: CannedAPI) -> None:
    api.tables[PODS] = table([NAME], [row([str(n)], {"name": str(n), "k": n % 3}) for n in range(20)])
    result = api.kubectl("get", "pods", "--sort-by=.metadata.k", "--no-headers")
    assert [int(name) for name in result.out.split()] == [
        *(9, 18, 15, 3, 12, 0, 6, 10, 7, 4, 13, 16, 1, 19, 8, 5, 11, 14, 2, 17)
    ]


@pytest.mark.parametrize("values", [("a", 1), (True, False), (1, 1.5), ([1], [2]), ({"a": 1}, {"b": 1})])
def test_values_without_an_order(api: CannedAPI, values: tuple[Any, Any]) -> None:
    """kubectl ends with a line of its log, whose text after the place ours gives as an error."""
    rows = [row([f"p{n}"], {"name": f"p{n}", "k": value}) for n, value in enumerate(values)]
    api.tables[PODS] = table([NAME], rows)
    api.objects[PODS] = {**LIST, "items": [{"metadata": one["object"]["metadata"]} for one in rows]}
    for output in ([], ["-o", "name"]):
        theirs = api.kubectl("get", "pods", "--sort-by=.metadata.k", *output)
        ours = api.pykubectl("get", "pods", "--sort-by=.metadata.k", *output)
        assert (theirs.code, theirs.out) == (ours.code, ours.out)
        assert theirs.err.partition("] ")[2] == ours.err.removeprefix("error: ")


COLUMNS = [
    *("N:.metadata.name", "N:metadata.name", "N:{.metadata.name}", "N:{metadata.name}", "A", "A:", ""),
    *("A:.metadata.name,B:.spec.n,C:.spec.l,D:.spec.m", "A:.spec.l[*],B:.spec.nil,C:.spec.t", ":.metadata.name"),
    *("A:.spec.c[*].i,B:.metadata.labels.app,C:.spec.f,D:.spec.b", "A:.spec.t,B:.metadata.name", "A:x:y", "A:..i"),
    *("A:,B:.metadata.name", "A:.metadata.name,", "A:{.metadata.name", "A:{range .spec.l[*]}{@}{end}", "A:.spec.l["),
    *('A:.spec.c[?(@.i=="x")].i', "A:.spec.l[9]", "A:.spec.l[0]", "A B:.metadata.name", "A:.metadata['name']"),
    *("A:.metadata.name}x", "A:.kind,B:.apiVersion", "A:.spec['n','f']", "A:.spec.l[1:b]", "A:.spec[*]"),
]


def test_custom_columns(api: CannedAPI) -> None:
    api.objects[PODS], api.objects[f"{PODS}/a"] = LIST, POD
    assert differences(api, [["get", "pods", "-o", f"custom-columns={spec}"] for spec in COLUMNS]) == []
    plain = "custom-columns=N:.metadata.name,K:.kind"
    lines = [
        ["a", "-o", plain],
        ["a", "-o", plain, "--no-headers"],
        ["-o", plain, "--no-headers"],
        ["a", "a", "-o", plain],
    ]
    lines += [["-o", plain, "--sort-by=.metadata.name"], ["-o", "custom-columns"], ["-o", "custom-columns-file"]]
    assert differences(api, [["get", "pods", *line] for line in lines]) == []


def test_custom_columns_of_a_file(api: CannedAPI, tmp_path: Path) -> None:
    api.objects[PODS] = LIST
    texts = ["NAME N\nmetadata.name {.spec.n}\n", "NAME N\nmetadata.name\n", "NAME\n", "", "\n\n", "\nx"]
    texts += ["  NAME   N  \n .metadata.name   .spec.n\nmore x\n", "A\nx{\n", "A\r\n.metadata.name\r\n"]
    outputs = [f"custom-columns-file={tmp_path}", f"custom-columns-file={tmp_path / 'missing'}"]
    for number, text in enumerate(texts):
        file = tmp_path / f"template{number}"
        file.write_bytes(text.encode())
        outputs.append(f"custom-columns-file={file}")
    flags: list[list[str]] = [[], ["--no-headers"]]
    assert differences(api, [["get", "pods", "-o", output, *more] for output in outputs for more in flags]) == []


def test_formats(api: CannedAPI, tmp_path: Path) -> None:
    file = tmp_path / "template"
    file.write_text("{.items[*].metadata.name}\n")
    api.objects[PODS], api.objects[f"{PODS}/a"] = LIST, POD
    outputs = [
        "json",
        "yaml",
        "kyaml",
        "name",
        "jsonpath={.items[*].metadata.name}",
        "jsonpath",
        "jsonpath=",
        "foo",
        "foo=bar",
    ]
    outputs += [f"jsonpath-file={tmp_path}", f"jsonpath-file={file}", "jsonpath-as-json={.items[*].spec.l}", "wide="]
    outputs += ["go-template", "json=", "yaml=x", "jsonpath={.a", "name=x", "custom-columns-fil", "templatefile"]
    lines = [["get", "pods", *named, "-o", output] for output in outputs for named in ([], ["a"], ["a", "a"])]
    lines += [["get", "pods", "a", "-o", "jsonpath", "--template={.metadata.name}"]]
    lines += [["get", "pods", "a", "-o", "jsonpath={.kind}", "--template={.metadata.name}"]]
    lines += [["get", "pods", "-o", "jsonpath-file", "--template", str(file)]]
    lines += [
        ["get", "pods", "a", "-o", "jsonpath={.nope}", f"--allow-missing-template-keys={bool}"] for bool in ("t", "f")
    ]
    assert differences(api, lines) == []


def events(*entries: tuple[str, Object]) -> str:
    return "".join(json.dumps({"type": kind, "object": obj}) + "\n" for kind, obj in entries)


def watched(name: str, **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default", "resourceVersion": "5", "managedFields": []}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": spec}


def watched_table(columns: list[Object], *cells: str) -> Object:
    return table(columns, [row(list(cells), {"name": cells[0], "namespace": "default", "labels": {"l": cells[0]}})])


OUTPUTS = [
    *(
        "json",
        "yaml",
        "kyaml",
        "name",
        "wide",
        "jsonpath={.metadata.name}|",
        "jsonpath={.type}{.object.kind}",
        "jsonpath-as-json={.kind}",
    ),
    *("custom-columns=N:.metadata.name,S:.spec", "custom-columns=T:.type,N:.object.metadata.name"),
]


@pytest.mark.parametrize("flags", [[], ["--output-watch-events"], ["--watch-only"], ["--no-headers"]])
def test_watches(api: CannedAPI, flags: list[str]) -> None:
    columns = [NAME, column("X"), column("W", priority=1)]
    objects = [("ADDED", watched("b")), ("MODIFIED", watched("a", z=1)), ("DELETED", watched("a"))]
    tables = [
        ("ADDED", watched_table([], "b", "long text", "w")),
        ("MODIFIED", watched_table([], "a", "y", "wwwwwwwwww")),
        ("DELETED", watched_table(columns, "a-very-long-name", "y", "w")),
    ]
    api.objects[PODS] = lambda query: events(*objects) if "watch" in query else {**LIST, "items": [watched("a", b="<")]}
    api.objects[f"{PODS}/a"] = watched("a", b=1)
    api.tables[PODS] = lambda query: events(*tables) if "watch" in query else watched_table(columns, "a", "x", "w")
    api.tables[f"{PODS}/a"] = watched_table(columns, "a", "x", "w")
    lines = [[*named, "-o", output] for output in OUTPUTS for named in ([], ["a"])]
    lines += [[], ["a"], ["--show-labels"], ["-L", "l"], ["--sort-by=.metadata.name"]]
    assert differences(api, [["get", "pods", "-w", *flags, *line] for line in lines]) == []
