"""Static tokens from a CSV file: ``token,user,uid,"group1,group2"``.

Source: apiserver ``pkg/authentication/token/tokenfile/tokenfile.go``.
"""

from __future__ import annotations

import csv
from pathlib import Path

from mini_server.authn.interface import UserInfo


class TokenFile:
    """Users by token."""

    def __init__(self, users: dict[str, UserInfo]) -> None:
        self._users = users

    @classmethod
    def load(cls, path: Path) -> TokenFile:
        """Reads the file. Raises ValueError on a line of fewer than three columns or an empty token, OSError else."""
        users: dict[str, UserInfo] = {}
        with path.open(newline="", encoding="utf-8") as file:
            for number, record in enumerate(csv.reader(file), start=1):
                if not record:
                    continue
                if len(record) < 3:
                    columns = len(record)
                    raise ValueError(
                        f"token file '{path}' must have at least 3 columns (token, user name, user uid), "
                        f"found {columns}"
                    )
                if not record[0]:
                    raise ValueError(f"empty token has been found in token file '{path}', record number '{number}'")
                groups = tuple(record[3].split(",")) if len(record) >= 4 else ()
                users[record[0]] = UserInfo(record[1], record[2], groups)
        return cls(users)

    def user(self, token: str) -> UserInfo | None:
        """The user of a token."""
        return self._users.get(token)
