"""Scheme and converter: kinds, versions, defaults, conversions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pykubectl.machinery.converter import ConversionError, Converter
from pykubectl.machinery.schema import GroupKind, GroupVersion, GroupVersionKind
from pykubectl.machinery.scheme import MissingKindError, MissingVersionError, NotRegisteredError, Scheme
from pykubectl.machinery.unstructured import Unstructured

V1, V2, V3 = (GroupVersion("shop.example.com", version) for version in ("v1", "v2", "v3"))


class CakeV1(msgspec.Struct):
    api_version: str = ""
    kind: str = ""
    layers: int = 0


class CakeV2(msgspec.Struct):
    api_version: str = ""
    kind: str = ""
    floors: int = 0


def make() -> Scheme:
    scheme = Scheme("test")
    scheme.add_known_types(V1, {"Cake": CakeV1})
    scheme.add_known_types(V2, {"Cake": CakeV2, "Tart": CakeV1})
    return scheme


def test_kinds_and_classes_both_ways() -> None:
    scheme = make()
    assert scheme.class_of(V1.kind("Cake")) is CakeV1
    assert scheme.known_types(V2) == {"Cake": CakeV2, "Tart": CakeV1}
    assert scheme.kinds_of(CakeV1) == [V1.kind("Cake"), V2.kind("Tart")]
    assert scheme.recognizes(V2.kind("Tart"))
    assert not scheme.recognizes(V1.kind("Tart"))
    assert scheme.new(V2.kind("Tart")) == CakeV1("shop.example.com/v2", "Tart")


def test_an_object_says_which_of_its_kinds_it_is() -> None:
    scheme = make()
    assert scheme.kind_of(CakeV1("shop.example.com/v2", "Tart")) == V2.kind("Tart")
    assert scheme.kind_of(CakeV1()) == V1.kind("Cake")
    content = {"apiVersion": "shop.example.com/v2", "kind": "Cake"}
    assert scheme.kind_of(content) == scheme.kind_of(Unstructured(content)) == V2.kind("Cake")


def test_classes_are_imported_when_they_are_needed() -> None:
    scheme = Scheme("test")
    scheme.add_known_type(V1.kind("Scheme"), "pykubectl.machinery.scheme:Scheme")
    assert scheme.class_of(V1.kind("Scheme")) is Scheme
    assert scheme.kind_of(Scheme) == V1.kind("Scheme")
    scheme.add_known_type(V2.kind("Nothing"), "no.such.module:Nothing")
    assert scheme.recognizes(V2.kind("Nothing"))


def test_a_kind_is_one_class() -> None:
    scheme = make()
    scheme.add_known_type(V1.kind("Cake"), CakeV1)
    with pytest.raises(ValueError, match=r"cannot be .*CakeV2 as well"):
        scheme.add_known_type(V1.kind("Cake"), CakeV2)
    with pytest.raises(ValueError, match="version is required on all types"):
        scheme.add_known_type(GroupVersionKind("g", "", "Cake"), CakeV1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (V1.kind("Pie"), 'no kind "Pie" is registered for version "shop.example.com/v1" in scheme "test"'),
        (V3.kind(""), 'no version "shop.example.com/v3" has been registered in scheme "test"'),
        (GroupVersionKind("", "v1", "Pod"), 'no kind "Pod" is registered for version "v1" in scheme "test"'),
    ],
)
def test_what_is_not_registered(kind: GroupVersionKind, text: str) -> None:
    with pytest.raises(NotRegisteredError) as caught:
        make().new(kind)
    assert str(caught.value) == text


def test_objects_that_cannot_be_told() -> None:
    scheme = make()
    with pytest.raises(NotRegisteredError, match=r"no kind is registered for the type builtins.int in scheme"):
        scheme.kinds_of(3)
    with pytest.raises(MissingKindError, match=r"^Object 'Kind' is missing in '\{\"apiVersion\":\"v1\"\}'$"):
        scheme.kind_of({"apiVersion": "v1"})
    with pytest.raises(MissingVersionError, match=r"^Object 'apiVersion' is missing in '\{\"kind\":\"Cake\"\}'$"):
        scheme.kind_of({"kind": "Cake"})


def test_versions_by_priority() -> None:
    scheme = make()
    assert scheme.prioritized_versions(V1.group) == [V1, V2]
    scheme.set_version_priority(V2)
    assert scheme.prioritized_versions(V1.group) == [V2, V1]
    assert scheme.all_prioritized_versions() == [V2, V1]
    assert scheme.preferred_versions() == [V2]
    assert scheme.versions_of(GroupKind(V1.group, "Tart")) == [V2]
    assert scheme.is_group_registered(V1.group)
    assert not scheme.is_group_registered("other")
    assert not scheme.is_version_registered(V3)
    with pytest.raises(ValueError, match="must register versions for exactly one group"):
        scheme.set_version_priority(V1, GroupVersion("other", "v1"))
    with pytest.raises(ValueError, match="version is required"):
        scheme.set_version_priority(GroupVersion("other", ""))


def test_defaults_are_filled_in_by_kind() -> None:
    scheme = make()

    def three_layers(cake: Any) -> None:
        cake.layers = cake.layers or 3

    scheme.add_defaulting(V1.kind("Cake"), three_layers)
    cake, tart = CakeV1(), scheme.new(V2.kind("Tart"))
    scheme.default(cake)
    scheme.default(tart)
    assert (cake.layers, tart.layers) == (3, 0)
    with pytest.raises(ValueError, match="registered twice"):
        scheme.add_defaulting(V1.kind("Cake"), three_layers)


def converting() -> Scheme:
    scheme = make()
    scheme.converter.add(V1.kind("Cake"), V2.kind("Cake"), lambda cake: CakeV2(floors=cake.layers))
    scheme.converter.add(V2.kind("Cake"), V1.kind("Cake"), lambda cake: CakeV1(layers=cake.floors))
    return scheme


def test_conversion_gives_a_new_object_that_says_what_it_is() -> None:
    scheme = converting()
    cake = CakeV1(layers=2)
    assert scheme.convert(cake, V2) == CakeV2("shop.example.com/v2", "Cake", 2)
    assert scheme.convert(scheme.convert(cake, V2), V1) == CakeV1("shop.example.com/v1", "Cake", 2)
    same = scheme.convert(cake, V1)
    assert same == cake
    assert same is not cake


def test_conversion_of_plain_objects() -> None:
    scheme = Scheme("test")
    scheme.add_known_types(V1, {"Cake": dict})
    scheme.add_known_types(V2, {"Cake": dict})
    scheme.converter.add(V1.kind("Cake"), V2.kind("Cake"), lambda cake: {"floors": cake["layers"]})
    cake = {"apiVersion": str(V1), "kind": "Cake", "layers": 2}
    assert scheme.convert(cake, V2) == {"apiVersion": str(V2), "kind": "Cake", "floors": 2}


def test_conversion_to_where_there_is_no_such_kind() -> None:
    scheme = converting()
    with pytest.raises(NotRegisteredError) as caught:
        scheme.convert(CakeV1(), V3)
    assert str(caught.value) == (
        '"shop.example.com/v1" is not suitable for converting to "shop.example.com/v3" in scheme "test"'
    )
    scheme.add_known_types(V3, {"Cake": int})
    with pytest.raises(ConversionError, match=r"^converting \(v1.Cake\) to \(v3.Cake\): unknown conversion$"):
        scheme.convert(CakeV1(), V3)


def test_unversioned_objects_are_never_converted() -> None:
    scheme = make()
    scheme.add_unversioned_types(GroupVersion("", "v1"), {"Status": CakeV2})
    status = CakeV2("v1", "Status", 1)
    assert scheme.is_unversioned(scheme.kind_of(status))
    assert scheme.convert(status, V1) == status


def test_the_way_through_a_third_kind() -> None:
    converter = Converter()
    a, b, c = (V1.kind(name) for name in "ABC")
    converter.add(a, b, lambda text: text + "b")
    converter.add(b, c, lambda text: text + "c")
    assert converter.convert("a", a, c) == "abc"
    with pytest.raises(ConversionError):
        converter.convert("c", c, a)
    with pytest.raises(ValueError, match="registered twice"):
        converter.add(a, b, str)
