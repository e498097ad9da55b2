"""What the schema does to an object: unknown fields, nulls, values of the wrong type, zero values."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.kept import KEPT
from pykubectl.machinery.structural.types import Type, builtin
from pykubectl.machinery.structural.walk import TypeMismatch, fill_zero, normalize

Object = dict[str, Any]


def type_of(kind: str, version: str = "v1") -> Type:
    group, _, version = version.rpartition("/")
    found = builtin().type_for(GroupVersionKind(group, version, kind))
    assert found is not None
    return found


POD = type_of("Pod")
DEPLOYMENT = type_of("Deployment", "apps/v1")


def pod(**container: Any) -> Object:
    return {"spec": {"containers": [{"name": "c", **container}]}}


def test_unknown_fields_are_dropped_and_told_by_path() -> None:
    told: list[str] = []
    obj = {"spex": 1, "spec": {"containers": [{"name": "a"}, {"name": "b", "ports": [{"port": 1}]}], "node": "x"}}
    assert normalize(obj, POD, told.append) == {"spec": {"containers": [{"name": "a"}, {"name": "b", "ports": [{}]}]}}
    assert told == ["spex", "spec.containers[1].ports[0].port", "spec.node"]


def test_the_object_itself_stays_as_it_is() -> None:
    obj = pod(image=None, resources={"limits": {"cpu": "1000m"}})
    before = repr(obj)
    normalize(obj, POD)
    assert repr(obj) == before


def test_null_is_absent_but_not_in_lists_and_maps() -> None:
    obj = {"metadata": {"labels": None, "annotations": {"a": None}}, "spec": {"containers": None}}
    assert normalize(obj, POD) == {"metadata": {"annotations": {"a": ""}}, "spec": {}}
    assert normalize({"spec": {"containers": [None]}}, POD) == {"spec": {"containers": [{}]}}
    limits = pod(resources={"limits": {"cpu": None}})
    assert normalize(limits, POD) == pod(resources={"limits": {"cpu": "0"}})
    assert normalize({"data": {"a": None}}, type_of("Secret")) == {"data": {"a": ""}}


def test_paths_show_keys_of_maps_to_strict_readers_only() -> None:
    told: list[str] = []
    volume = {"name": "v", "csi": {"driver": "d", "volumeAttributes": {"a.b/c": "x"}, "odd": 1}}
    normalize({"spec": {"volumes": [volume]}}, POD, told.append)
    assert told == ["spec.volumes[0].csi.odd"]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"resources": {"limits": {"cpu": "1000m"}}}, {"resources": {"limits": {"cpu": "1"}}}),
        ({"resources": {"limits": {"cpu": 2, "gas": 0.5}}}, {"resources": {"limits": {"cpu": "2", "gas": "500m"}}}),
        ({"livenessProbe": {"httpGet": {"port": "web"}}}, {"livenessProbe": {"httpGet": {"port": "web"}}}),
        ({"livenessProbe": {"httpGet": {"port": 80}}}, {"livenessProbe": {"httpGet": {"port": 80}}}),
    ],
)  # fmt: skip
def test_values_take_their_canonical_form(container: Object, expected: Object) -> None:
    assert normalize(pod(**container), POD) == pod(**expected)


def test_times_and_bytes_take_their_canonical_form() -> None:
    stamp = {"metadata": {"creationTimestamp": "2024-01-02T03:04:05+02:00"}}
    assert normalize(stamp, POD) == {"metadata": {"creationTimestamp": "2024-01-02T01:04:05Z"}}
    assert normalize({"data": {"a": "YWI="}}, type_of("Secret")) == {"data": {"a": "YWI="}}


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        ({"spec": []}, "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"),
        (
            {"spec": {"containers": {}}},
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            pod(image=3),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string",
        ),
        (pod(tty="y"), "json: cannot unmarshal string into Go struct field Container.spec.containers.tty of type bool"),
        (
            {"metadata": {"labels": {"a": 1}}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            {"spec": {"terminationGracePeriodSeconds": 1.5}},
            "json: cannot unmarshal number 1.5 into Go struct field "
            "PodSpec.spec.terminationGracePeriodSeconds of type int64",
        ),
        (pod(resources={"limits": {"cpu": True}}), "quantities must match the regular expression"),
        (pod(livenessProbe={"httpGet": {"port": []}}), "json: cannot unmarshal array into Go value of type int32"),
        ({"metadata": {"creationTimestamp": "soon"}}, 'parsing time "soon" as "2006-01-02T15:04:05Z07:00"'),
        ({"metadata": {"creationTimestamp": 3}}, "json: cannot unmarshal number into Go value of type string"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_type(obj: Object, text: str) -> None:
    with pytest.raises(TypeMismatch) as caught:
        normalize(obj, POD)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("number", "fits"), [(2**31 - 1, True), (2**31, False), (-(2**31), True), (-(2**31) - 1, False)]
)
def test_integers_fit_their_format(number: int, fits: bool) -> None:
    obj = {"spec": {"replicas": number}}
    if fits:
        assert normalize(obj, DEPLOYMENT) == obj
        return
    with pytest.raises(TypeMismatch, match=rf"cannot unmarshal number {number} into Go struct field .* of type int32"):
        normalize(obj, DEPLOYMENT)


@pytest.mark.parametrize(
    ("text", "rest", "wanted"),
    [
        ("2020-01-01T00:00:05Z", "Z", ".000000"),
        ("2020-01-01T00:00:05.123Z", ".123Z", ".000000"),
        ("2020-01-01T00:00:05.123456789Z", "789Z", "Z07:00"),
    ],
)
def test_micro_times_have_six_digits(text: str, rest: str, wanted: str) -> None:
    with pytest.raises(TypeMismatch) as caught:
        normalize({"spec": {"renewTime": text}}, type_of("Lease", "coordination.k8s.io/v1"))
    assert str(caught.value).endswith(f'cannot parse "{rest}" as "{wanted}"')


@pytest.mark.parametrize(("text", "position"), [("YQ=", 3), ("Y*==", 1), ("a", 0), ("YWI", 0)])
def test_broken_base64(text: str, position: int) -> None:
    with pytest.raises(TypeMismatch, match="illegal base64 data at input byte"):
        normalize({"data": {"a": text}}, type_of("Secret"))


def test_required_scalars_that_are_missing_are_zero() -> None:
    obj: Object = {"spec": {"containers": [{"ports": [{}]}]}}
    fill_zero(obj, POD)
    assert obj == {"spec": {"containers": [{"name": "", "ports": [{"containerPort": 0}]}]}}
    condition: Object = {"status": {"conditions": [{"type": "Ready"}]}}
    fill_zero(condition, POD)
    never = {"lastProbeTime": None, "lastTransitionTime": None}
    assert condition["status"]["conditions"] == [{"type": "Ready", "status": "", **never}]


def test_what_the_schema_knows_of_a_kind() -> None:
    fields = DEPLOYMENT.fields
    assert (DEPLOYMENT.short_name, fields["spec"].kind) == ("Deployment", "object")
    containers = POD.fields["spec"].type.fields["containers"]  # type: ignore[union-attr]
    assert (containers.kind, containers.merge_key, containers.patch_strategy) == ("array", "name", ("merge",))
    assert containers.list_map_keys == ["name"]
    assert containers.element is not None
    assert containers.element.ref == "io.k8s.api.core.v1.Container"
    assert builtin().type_for(GroupVersionKind("", "v1", "Nothing")) is None
    with pytest.raises(KeyError):
        builtin().type("io.k8s.api.core.v1.Nothing")


def test_zero_is_left_out_but_where_go_has_a_pointer() -> None:
    spec = {"hostNetwork": False, "hostUsers": False, "nodeName": "", "activeDeadlineSeconds": 0}
    assert normalize({"spec": spec}, POD) == {"spec": {"hostUsers": False, "activeDeadlineSeconds": 0}}
    assert normalize({"spec": {"replicas": 0, "minReadySeconds": 0}}, DEPLOYMENT) == {"spec": {"replicas": 0}}


def test_zero_stays_where_the_kind_needs_the_field() -> None:
    obj = pod(ports=[{"containerPort": 0, "hostPort": 0}])
    assert normalize(obj, POD) == pod(ports=[{"containerPort": 0}])


def test_what_is_kept_are_fields_of_types_that_there_are() -> None:
    table = builtin()
    fields: dict[str, set[str]] = {}
    for module in table.modules():
        for name, raw in table.raw_types(module).items():
            fields.setdefault(name.rsplit(".", 1)[-1], set()).update(raw.get("fields", {}))
    assert {name: kept - fields.get(name, set()) for name, kept in KEPT.items() if kept - fields.get(name, set())} == {}
