"""Reading YAML: values, streams, errors; the fast reader refuses what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.codecs import yaml, yaml_plain
from pykubectl.machinery.codecs.yaml_compose import compose

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t==
    server: https://127.0.0.1:6443
  name: kind-kind   # the only one
contexts:
- context: {cluster: kind-kind, user: "kind-kind"}
  name: kind-kind
current-context: kind-kind
preferences: {}
users:
- name: kind-kind
  user:
    token: 31ada4fd-adec-460c-809a-9e56ceb75269
    client-key-data: "TUlJ\\n"
"""

VALUES: list[tuple[str, Any]] = [
    ("", None),
    ("# only a comment\n", None),
    ("---\na: 1\n", {"a": 1}),
    ("a:\nb: ~\n", {"a": None, "b": None}),
    ("a:\n- 1\n-  b: 2\n   c: 3\n- - x\n  - z\n", {"a": [1, {"b": 2, "c": 3}, ["x", "z"]]}),
    ("- a: |\n    x\n     y\n\n  b: 1\n", [{"a": "x\n y\n", "b": 1}]),
    ("a: |-\n  x\n\nb: |+\n  y\n\n", {"a": "x", "b": "y\n\n"}),
    ("a: >\n  one\n  two\n\n  three\n", {"a": "one two\nthree\n"}),
    ("a: 'it''s' # c\nb: \"q\\\"\\u00e9\\n\"\n", {"a": "it's", "b": 'q"é\n'}),
    ("a: [1, x, 'y', {b: c}]\nd: {}\n", {"a": [1, "x", "y", {"b": "c"}], "d": {}}),
    ("url: http://x:80/a#b\n", {"url": "http://x:80/a#b"}),
    ("1: a\nyes: b\n1.5: c\n", {"1": "a", "true": "b", "1.5": "c"}),
    ("a: on\nb: 0777\nc: 2001-01-01\nd: 1e3\n", {"a": True, "b": 511, "c": "2001-01-01", "d": 1000}),
    ('{"a": [1, 2.0, "x"], "b": null}', {"a": [1, 2, "x"], "b": None}),
    (KUBECONFIG, None),
]

FULL_ONLY: list[tuple[str, Any]] = [
    ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}),
    ("base: &b {x: 1, z: 2}\nd:\n  <<: *b\n  z: 3\n", {"base": {"x": 1, "z": 2}, "d": {"x": 1, "z": 3}}),
    ("m:\n  <<: [{a: 1}, {a: 2, b: 3}]\n", {"m": {"a": 1, "b": 3}}),
    ("a: one\n  two\n", {"a": "one two"}),
    ('a: "one\n  two"\n', {"a": "one two"}),
    ("a: !!str 5\nb: !!float 1\nc: !x 5\nd: !!binary aGk=\n", {"a": "5", "b": 1, "c": "5", "d": "hi"}),
    ("? a\n: b\n", {"a": "b"}),
    ("a: [\n  1,\n  2\n]\n", {"a": [1, 2]}),
    ("scalar", "scalar"),
    ("a:\tb\nc: d\t# e\n", {"a": "b", "c": "d"}),
    ("a: 1\n---\na: 2\n", {"a": 1}),
]

ERRORS = [
    ("a: b\nc: d\n e: f\n", "yaml: line 3: mapping values are not allowed in this context"),
    ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
    ('a:\n  b: "x\n', "yaml: line 3: found unexpected end of stream"),
    ("a:\n  b: c\n d: e\n", "yaml: line 2: did not find expected key"),
    ("x: 1\na: {b: 1\nc: 2\n", "yaml: line 2: did not find expected ',' or '}'"),
    ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
    ("x: 1\nk: @a\n", "yaml: line 2: found character that cannot start any token"),
    ("a: &a [*a]\n", "yaml: anchor 'a' value contains itself"),
    ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
    ("a: .inf\n", "json: unsupported value: +Inf"),
    ("~: x\n", 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"'),
    ("<<: 1\n", "yaml: map merge requires map or sequence of maps as the value"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_plain_texts_are_read_alike_by_both_readers(text: str, value: Any) -> None:
    found = yaml_plain.parse(text) if "1.5:" not in text else yaml.loads(text)
    assert found == compose(text, strict=False)
    if value is not None:
        assert found == value


@pytest.mark.parametrize(("text", "value"), FULL_ONLY)
def test_the_full_reader_takes_over(text: str, value: Any) -> None:
    with pytest.raises(yaml_plain.NotPlain):
        yaml_plain.parse(text)
    assert yaml.loads(text) == value


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_errors_in_go_yamls_words(text: str, message: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.loads(text)
    assert str(caught.value) == message
    assert caught.value.in_stream == f"error converting YAML to JSON: {message}"


def test_a_key_written_twice() -> None:
    text = "a: 1\nb: 2\na: 3\n"
    assert yaml.loads(text) == {"a": 3, "b": 2}
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.loads(text, strict=True)
    assert str(caught.value) == 'yaml: unmarshal errors:\n  line 3: key "a" already set in map'


def test_too_many_aliases_are_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(yaml.YAMLError, match="yaml: document contains excessive aliasing"):
        yaml.loads("\n".join(levels) + "\n")


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(yaml.YAMLError, match="exceeded max depth"):
        yaml.loads("[" * 3000)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(yaml.YAMLError, match="yaml: invalid leading UTF-8 octet"):
        yaml.loads(b"a: \xff\n")
    assert yaml.loads(b"\xef\xbb\xbfa: 1\n") == {"a": 1}


def test_a_stream_is_divided_at_separators() -> None:
    text = "# head\n---\na: 1\n--- # second\n\nb: 2\n---\n---\nc: 3"
    assert list(yaml.load_all(text)) == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert [(d.line, d.text) for d in yaml.documents(text)] == [
        (1, "# head\n"), (3, "a: 1\n"), (5, "\nb: 2\n"), (9, "c: 3\n"),
    ]  # fmt: skip


def test_a_separator_with_something_behind_it() -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.load_all("a: 1\n--- foo\n"))
    assert caught.value.in_stream == "invalid Yaml document separator: foo"


def test_documents_before_a_broken_one_are_given() -> None:
    stream = yaml.load_all("a: 1\n---\nb: c: d\n")
    assert next(stream) == {"a": 1}
    with pytest.raises(yaml.YAMLError):
        next(stream)


def test_json_streams() -> None:
    assert list(yaml.load_all('{"a": 1}\n{"b": 2} {"c": 3}')) == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert list(yaml.load_all('{"a": 1}\n---\nb: 2\n')) == [{"a": 1}, {"b": 2}]
    assert list(yaml.load_all("{a: 1}\n")) == [{"a": 1}]


def test_a_broken_json_stream_is_named_as_json() -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.load_all('{"a" 1}\n'))
    assert caught.value.in_stream == "json: offset 6: invalid character '1' after object key"


def test_a_json_stream_that_breaks_off() -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.load_all('{"a": 1'))
    assert caught.value.in_stream == "unexpected EOF"
