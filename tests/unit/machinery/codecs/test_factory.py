"""Codecs: serializers by media type, kinds, strict faults, streams, versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from pykubectl.api import apps_v1, core_v1
from pykubectl.api.scheme import builtin_codecs
from pykubectl.machinery.codecs.factory import CodecFactory, UnsupportedMediaType, unstructured_deserializer
from pykubectl.machinery.codecs.objects import ObjectError
from pykubectl.machinery.codecs.serializer import Decoded
from pykubectl.machinery.codecs.strict import StrictDecodingError
from pykubectl.machinery.codecs.syntax import SyntaxFault
from pykubectl.machinery.schema import GroupVersion, GroupVersionKind
from pykubectl.machinery.scheme import MissingKindError, MissingVersionError, NotRegisteredError, Scheme
from pykubectl.machinery.unstructured import Unstructured, UnstructuredList

JSON, YAML = "application/json", "application/yaml"
POD = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"c"}]}}'


class Cake(msgspec.Struct, kw_only=True, omit_defaults=True, rename={"api_version": "apiVersion"}):
    api_version: str = ""
    kind: str = ""
    layers: list[Layer] = msgspec.field(default_factory=list)
    notes: dict[str, Layer] | None = None


class Layer(msgspec.Struct):
    taste: str = ""


SHOP = GroupVersion("shop.example.com", "v1")


def shop(*, strict: bool = False) -> CodecFactory:
    scheme = Scheme("shop")
    scheme.add_known_types(SHOP, [Cake])
    return CodecFactory(scheme, strict=strict)


def test_a_pod_of_json_and_of_yaml() -> None:
    decoder = builtin_codecs().universal_deserializer()
    pod, kind = decoder.decode(POD)
    assert kind == GroupVersionKind("", "v1", "Pod")
    assert isinstance(pod, core_v1.Pod)
    assert pod.metadata.name == "web"
    text = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: c\n"
    assert decoder.decode(text).obj == pod


@pytest.mark.parametrize("media_type", [JSON, YAML, "application/json; charset=utf-8"])
def test_what_is_written_is_read_again(media_type: str) -> None:
    serializer = builtin_codecs().serializer(media_type)
    pod = serializer.decode(POD).obj if media_type != YAML else builtin_codecs().serializer(JSON).decode(POD).obj
    assert serializer.decode(serializer.encode(pod)).obj == pod


def test_written_forms() -> None:
    codecs = builtin_codecs()
    space = core_v1.Namespace()
    space.metadata.name = "a"
    assert b'"metadata":{"name":"a"}' in codecs.serializer(JSON).encode(space)
    assert codecs.serializer(YAML).encode(Unstructured({"kind": "B", "apiVersion": "a/v1"})) == (
        b"apiVersion: a/v1\nkind: B\n"
    )


def test_values_take_their_canonical_form_and_nulls_are_absent() -> None:
    text = b"""
apiVersion: v1
kind: Pod
metadata: {name: a, labels: null}
spec: {containers: [{name: c, resources: {limits: {cpu: 1000m, memory: 1024Mi}}}]}
"""
    pod = builtin_codecs().universal_deserializer().decode(text).obj
    assert pod.metadata.labels == {}
    assert pod.spec.containers[0].resources.limits == {"cpu": "1", "memory": "1Gi"}


def test_unknown_fields_are_left_out_unless_strict() -> None:
    text = POD.replace(b'"name":"c"', b'"name":"b","name":"c","imag":"x"').replace(b'"spec"', b'"speck":1,"spec"')
    pod = builtin_codecs().universal_deserializer().decode(text).obj
    assert pod.spec.containers[0].name == "c"
    with pytest.raises(StrictDecodingError) as caught:
        builtin_codecs(strict=True).universal_deserializer().decode(text)
    assert caught.value.obj == pod
    assert str(caught.value) == (
        'strict decoding error: duplicate field "spec.containers[0].name", unknown field "speck", '
        'unknown field "spec.containers[0].imag"'
    )


def test_duplicate_keys_of_yaml() -> None:
    text = b"apiVersion: v1\nkind: Namespace\nkind: Namespace\n"
    assert builtin_codecs().universal_deserializer().decode(text).kind.kind == "Namespace"
    with pytest.raises(StrictDecodingError) as caught:
        builtin_codecs(strict=True).universal_deserializer().decode(text)
    assert str(caught.value) == (
        'strict decoding error: yaml: unmarshal errors:\n  line 3: key "kind" already set in map'
    )


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (b'{"apiVersion":"v1"}', MissingKindError, "Object 'Kind' is missing in '{\"apiVersion\":\"v1\"}'"),
        (b"kind: Pod", MissingVersionError, "Object 'apiVersion' is missing in 'kind: Pod'"),
        (
            b'{"apiVersion":"v1","kind":"Pot"}',
            NotRegisteredError,
            'no kind "Pot" is registered for version "v1" in scheme "pykubectl/api/scheme.py"',
        ),
        (b'{"apiVersion":', SyntaxFault, "couldn't get version/kind; json parse error: unexpected end of JSON input"),
        (b"a: b: c", SyntaxFault, "yaml: mapping values are not allowed in this context"),
        (
            b'{"apiVersion":1,"kind":"Pod"}',
            SyntaxFault,
            "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field "
            ".apiVersion of type string",
        ),
        (
            b"- a",
            SyntaxFault,
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct "
            '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
        ),
        (b'{"apiVersion":"a/b/c","kind":"Pod"}', ValueError, "unexpected GroupVersion string: a/b/c"),
        (
            b'{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"3"}}',
            ObjectError,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (b"\0abc", SyntaxFault, 'no serializer recognizes the data; known are "application/json", "application/yaml"'),
    ],
)
def test_what_cannot_be_decoded(text: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        builtin_codecs().universal_deserializer().decode(text)
    assert str(caught.value) == message


def test_a_default_kind_fills_in_what_is_left_out() -> None:
    decoder = builtin_codecs().universal_deserializer()
    deployment = GroupVersionKind("apps", "v1", "Deployment")
    assert decoder.decode(b"{}", deployment).kind == deployment
    assert decoder.decode(b'{"kind":"ReplicaSet"}', deployment).kind == deployment._replace(kind="ReplicaSet")
    assert decoder.decode(b'{"apiVersion":"v1","kind":"Pod"}', deployment).kind == GroupVersionKind("", "v1", "Pod")


def test_a_file_of_several_documents() -> None:
    stream = b"# head\n---\n" + POD + b"\n---\n\n---\napiVersion: apps/v1\nkind: Deployment\n"
    found = [type(each.obj) for each in builtin_codecs().universal_deserializer().decode_all(stream)]
    assert found == [core_v1.Pod, apps_v1.Deployment]
    assert len(list(builtin_codecs().universal_deserializer().decode_all(POD + b"\n" + POD))) == 2
    assert list(builtin_codecs().universal_deserializer().decode_all(b" \n")) == []


def test_a_stream_breaks_where_it_is_broken() -> None:
    found = builtin_codecs().universal_deserializer().decode_all(POD + b'{"kind":')
    assert next(found).obj.kind == "Pod"
    with pytest.raises(SyntaxFault, match="unexpected end of JSON input"):
        next(found)


def test_objects_of_any_kind() -> None:
    decoder = unstructured_deserializer()
    cake = decoder.decode(b"apiVersion: shop.example.com/v1\nkind: Cake\nlayers: 3\n").obj
    assert isinstance(cake, Unstructured)
    assert (cake.gvk, cake.content["layers"]) == (SHOP.kind("Cake"), 3)
    many = decoder.decode(b'{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}}]}').obj
    assert isinstance(many, UnstructuredList)
    assert [(item.name, item.kind) for item in many.items] == [("a", "Pod")]
    with pytest.raises(ObjectError, match=r"^items member is not an object"):
        decoder.decode(b'{"apiVersion":"v1","kind":"PodList","items":[1]}')


def test_classes_of_a_program() -> None:
    text = b"apiVersion: shop.example.com/v1\nkind: Cake\nlayers: [{taste: rum, color: red}]\nnotes: {a: {tast: x}}\n"
    cake = shop().universal_deserializer().decode(text).obj
    assert cake == Cake(api_version="shop.example.com/v1", kind="Cake", layers=[Layer("rum")], notes={"a": Layer()})
    with pytest.raises(StrictDecodingError) as caught:
        shop(strict=True).universal_deserializer().decode(text)
    assert caught.value.faults == ['unknown field "layers[0].color"', 'unknown field "notes.a.tast"']
    with pytest.raises(ObjectError, match="Expected `array`"):
        shop().universal_deserializer().decode(b"apiVersion: shop.example.com/v1\nkind: Cake\nlayers: 3")


class Shout:
    """A format of a program's own."""

    media_type = "text/shout"

    def recognizes(self, data: bytes) -> bool:
        return data.startswith(b"\0!")

    def frames(self, data: bytes) -> Iterator[bytes]:
        yield data

    def decode(self, data: bytes, default: GroupVersionKind | None = None) -> Decoded:
        return Decoded(data[2:].decode(), SHOP.kind("Shout"))

    def encode(self, obj: Any) -> bytes:
        return b"\0!" + str(obj).upper().encode()


def test_other_formats_enter_by_the_same_door() -> None:
    codecs = shop()
    codecs.register(Shout())
    assert codecs.media_types == [JSON, YAML, "text/shout"]
    assert codecs.universal_deserializer().decode(b"\0!hey").obj == "hey"
    assert codecs.serializer("text/shout").encode("hey") == b"\0!HEY"
    with pytest.raises(ValueError, match="registered already"):
        codecs.register(Shout())
    with pytest.raises(UnsupportedMediaType, match=r"^no serializers registered for text/plain$"):
        codecs.serializer("text/plain")


def versioned() -> CodecFactory:
    scheme = Scheme("shop")
    later = GroupVersion(SHOP.group, "v2")
    scheme.add_known_types(SHOP, [Cake])
    scheme.add_known_types(later, {"Cake": dict})
    scheme.add_defaulting(SHOP.kind("Cake"), lambda cake: cake.layers.append(Layer("base")))
    scheme.converter.add(SHOP.kind("Cake"), later.kind("Cake"), lambda cake: {"floors": len(cake.layers)})
    return CodecFactory(scheme)


def test_decoding_defaults_and_converts() -> None:
    codecs, later = versioned(), GroupVersion(SHOP.group, "v2")
    text = b"apiVersion: shop.example.com/v1\nkind: Cake\n"
    expected = {"apiVersion": str(later), "kind": "Cake", "floors": 1}
    assert codecs.universal_decoder(later).decode(text) == (expected, SHOP.kind("Cake"))
    assert codecs.decoder_to_version(codecs.serializer(YAML), later).decode(text).obj == expected
    assert codecs.universal_decoder(GroupVersion("other", "v1")).decode(text).obj.layers == [Layer("base")]
    cake = Cake(layers=[Layer(), Layer()])
    assert codecs.encoder_for_version(codecs.serializer(JSON), later).encode(cake) == (
        b'{"floors":2,"apiVersion":"shop.example.com/v2","kind":"Cake"}\n'
    )
