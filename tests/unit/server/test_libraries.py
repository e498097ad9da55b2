"""What is said where the server's libraries are not installed."""

from __future__ import annotations

from mini_server import libraries


def test_everything_is_installed_here() -> None:
    assert libraries.missing() == ""


def test_what_is_not_installed_is_named_with_the_way_to_get_it() -> None:
    text = libraries.missing(lambda name: None if name in ("uvicorn", "joserfc") else object())
    assert text == "the server needs uvicorn, joserfc: pip install 'pykubectl-kit[server]'"
