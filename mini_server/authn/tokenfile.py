"""Static tokens from a CSV file: ``token,user,uid,"group1,group2"``.

Source: apiserver ``pkg/authentication/token/tokenfile/tokenfile.go``.
"""

from __future__ import annotations

import csv
import logging
from pathlib import Path

from mini_server.authn.interface import UserInfo

log = logging.getLogger(__name__)

_COLUMNS = 3


class TokenFile:
    """Users by token."""

    def __init__(self, users: dict[str, UserInfo]) -> None:
        self._users = users

    @classmethod
    def load(cls, path: Path) -> TokenFile:
        """Reads the file; of a token that stands twice the last line counts. No token is ever logged.

        Raises ValueError on a line of fewer than three columns and on what is no CSV, OSError on an unreadable file.
        """
        users: dict[str, UserInfo] = {}
        for number, record in enumerate(_records(path), start=1):
            if len(record) < _COLUMNS:
                raise ValueError(
                    f"token file '{path}' must have at least 3 columns (token, user name, user uid), "
                    f"found {len(record)}"
                )
            if not record[0]:
                log.warning("empty token has been found in token file '%s', record number '%d'", path, number)
                continue
            if record[0] in users:
                log.warning("duplicate token has been found in token file '%s', record number '%d'", path, number)
            groups = tuple(record[3].split(",")) if len(record) > _COLUMNS else ()
            users[record[0]] = UserInfo(record[1], record[2], groups)
        return cls(users)

    def user(self, token: str) -> UserInfo | None:
        """The user of a token."""
        return self._users.get(token)


def _records(path: Path) -> list[list[str]]:
    """The lines that are not empty."""
    with path.open(newline="", encoding="utf-8") as file:
        try:
            return [record for record in csv.reader(file, strict=True) if record]
        except UnicodeDecodeError:
            raise ValueError(f"token file '{path}' is not UTF-8") from None
        except csv.Error as error:
            raise ValueError(f"token file '{path}': {error}") from None
