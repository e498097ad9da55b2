"""The generators: names, the schema table, typed classes, clients, and what they are run by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pykubectl.codegen import client, main, schema_table, typed
from pykubectl.codegen.names import TypeName, attribute, type_name

CAKE = "io.k8s.api.shop.v1.Cake"
LAYER = "io.k8s.api.shop.v1.Layer"
DEFINITIONS: dict[str, Any] = {
    CAKE: {
        "description": 'A "cake". With layers.',
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "layers": {
                "type": "array",
                "items": {"$ref": f"#/$defs/{LAYER}"},
                "x-kubernetes-patch-merge-key": "taste",
                "x-kubernetes-patch-strategy": "merge",
                "description": "From below.",
            },
            "class": {"type": ["string", "null"]},
            "pieces": {"type": "integer", "format": "int32"},
            "bakedAt": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.Time"},
        },
        "required": ["pieces"],
        "x-kubernetes-group-version-kind": [{"group": "shop", "version": "v1", "kind": "Cake"}],
    },
    LAYER: {
        "properties": {
            "taste": {"type": "string"},
            "weights": {"type": "object", "additionalProperties": {"type": "number"}},
        }
    },
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"type": "string", "format": "date-time"},
}


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("clusterIP", "cluster_ip"),
        ("podCIDRs", "pod_cidrs"),
        ("hostIPC", "host_ipc"),
        ("externalTrafficPolicy", "external_traffic_policy"),
        ("from", "from_"),
        ("list", "list_"),
        ("$ref", "dollar_ref"),
        ("x-kubernetes-map-type", "x_kubernetes_map_type"),
    ],
)
def test_attributes(wire: str, expected: str) -> None:
    assert attribute(wire) == expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("io.k8s.api.apps.v1.Deployment", TypeName("apps_v1", "Deployment")),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", TypeName("meta_v1", "ObjectMeta")),
        ("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService", TypeName("apiregistration_v1", "APIService")),
        ("io.k8s.apimachinery.pkg.version.Info", TypeName("meta_v1", "VersionInfo")),
    ],
)
def test_names_of_types(definition: str, expected: TypeName) -> None:
    assert type_name(definition) == expected


def test_the_schema_table() -> None:
    types, texts, index = schema_table.build(DEFINITIONS)
    cake = types["shop_v1"][CAKE]
    assert cake["gvk"] == [["shop", "v1", "Cake"]]
    assert cake["required"] == ["pieces"]
    assert cake["fields"]["layers"] == {
        "kind": "array",
        "items": {"kind": "object", "ref": LAYER},
        "merge": "taste",
        "patch": "merge",
    }
    assert cake["fields"]["class"] == {"kind": "string"}
    assert cake["fields"]["bakedAt"]["kind"] == "time"
    assert types["shop_v1"][LAYER]["fields"]["weights"] == {"kind": "map", "values": {"kind": "number"}}
    assert texts["shop_v1"][CAKE] == {"text": 'A "cake". With layers.', "fields": {"layers": "From below."}}
    assert index["kinds"] == {"shop/v1/Cake": CAKE}


def test_typed_classes_are_python_that_runs() -> None:
    import msgspec

    source = typed.modules(DEFINITIONS)["shop_v1"]
    space: dict[str, Any] = {"__name__": "shop_v1"}
    exec(compile(source, "shop_v1.py", "exec"), space)  # what the generator wrote a line ago
    cake = space["Cake"](class_="sweet")
    assert cake.layers == []
    assert (cake.api_version, cake.kind, cake.pieces) == ("shop/v1", "Cake", 0)
    written = msgspec.json.decode(msgspec.json.encode(cake))
    assert written == {"apiVersion": "shop/v1", "kind": "Cake", "class": "sweet", "pieces": 0}


def test_kinds_are_found_by_class() -> None:
    assert typed.type_index(DEFINITIONS) == {"shop/v1/Cake": ["shop_v1", "Cake"]}


def test_methods_of_clients() -> None:
    from pykubectl.api.resources import RESOURCES

    names = {resource.kind: client.method_name(resource) for resource in RESOURCES}
    assert names["Pod"] == "pods"
    assert names["ReplicaSet"] == "replica_sets"
    assert names["NetworkPolicy"] == "network_policies"
    assert names["Endpoints"] == "endpoints"
    assert names["CSIDriver"] == "csi_drivers"
    assert client.client_name("core_v1") == "CoreV1Client"


def test_files_are_written_once_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "outputs", lambda: {"a/b.py": "one\n"})
    told: list[str] = []
    assert main.stale(tmp_path) == ["a/b.py"]
    main.generate(tmp_path, told.append)
    main.generate(tmp_path, told.append)
    assert told == ["a/b.py"]
    assert (tmp_path / "a" / "b.py").read_text() == "one\n"
    assert main.stale(tmp_path) == []


def test_what_is_installed_is_what_would_be_written() -> None:
    root = Path(main.__file__).resolve().parents[2]
    assert main.stale(root) == []


def test_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "stale", lambda root: ["a.py"])
    assert main.main(["--check"]) == 1
    assert main.main(["--what"]) == 2
    assert capsys.readouterr().err == "out of date: a.py\nusage: python -m pykubectl.codegen [--check]\n"
