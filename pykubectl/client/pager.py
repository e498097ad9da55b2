"""Reading a long list in pages.

Source of the rules: client-go ``tools/pager/pager.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

L_co = TypeVar("L_co", covariant=True)


class Lister(Protocol[L_co]):
    """What lists with limits: every resource client does."""

    def list(self, *, label_selector: str = "", field_selector: str = "", limit: int = 0, continue_: str = "") -> L_co:
        """One page."""


def continue_token(page: Any) -> str:
    """The place where the next page starts; empty on the last one. For dicts and typed lists."""
    metadata = (page.get("metadata") or {}) if isinstance(page, dict) else page.metadata
    if isinstance(metadata, dict):
        return metadata.get("continue") or ""
    return getattr(metadata, "continue_", None) or ""


def pages(lister: Lister[L_co], *, limit: int, label_selector: str = "", field_selector: str = "") -> Iterator[L_co]:
    """Each page as it is read.

    When a token has expired (410) the answer's fresh token is used where there is one (later pages then show a newer
    state); otherwise the error is raised: the caller starts over.
    """
    from pykubectl.machinery.errors import StatusError

    token = ""
    while True:
        try:
            page = lister.list(
                limit=limit, continue_=token, label_selector=label_selector, field_selector=field_selector
            )
        except StatusError as error:
            fresh = (error.status.get("metadata") or {}).get("continue") or ""
            if error.code != 410 or not token or not fresh or fresh == token:
                raise
            token = fresh
            continue
        yield page
        token = continue_token(page)
        if not token:
            return
