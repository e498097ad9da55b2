"""Keys that stand more than once."""

from __future__ import annotations

import pytest

from pykubectl.machinery.codecs import json
from pykubectl.machinery.codecs.duplicates import duplicate_fields


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":1,"b":":","c:":{"d":"e:f"}}', []),
        ('{"a":1,"a":2}', ["a"]),
        ('{"a":1,"a":2,"a":3}', ["a"]),
        ('{"a":{"b":1,"b":":"},"c":[{"d":1},{"d":1,"d":{}}]}', ["a.b", "c[1].d"]),
        ('{"a":"\\u003a","b":1}', []),
        ('{"a":"\\u003a","a":":"}', ["a"]),
        ('{"a":99999999999999999999999999}', []),
        ("[]", []),
    ],
)
def test_paths(text: str, found: list[str]) -> None:
    assert duplicate_fields(text.encode(), json.loads(text)) == found


def test_halves_of_characters() -> None:
    assert duplicate_fields(b'{"a":"\\ud800","b":1}', {"a": "\ud800", "b": 1}) == []
    assert duplicate_fields(b'{"a":"\\ud800","a":1}', {"a": 1}) == ["a"]
