"""All ways of authentication, tried in order.

Source: kubernetes ``pkg/kubeapiserver/authenticator/config.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mini_server.authn.interface import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    Credentials,
    InvalidCredentials,
    UserInfo,
)
from mini_server.authn.serviceaccount import ServiceAccountTokens
from mini_server.authn.tokenfile import TokenFile
from mini_server.authn.x509 import ClientCertificates
from pykubectl.machinery.util.clock import Clock, RealClock

_ANONYMOUS = UserInfo(ANONYMOUS, groups=(UNAUTHENTICATED,))


class RequestAuthenticator:
    """Certificate, then bearer token (file, service account), then anonymous where that is allowed."""

    def __init__(
        self,
        *,
        token_file: TokenFile | None = None,
        service_accounts: ServiceAccountTokens | None = None,
        anonymous: bool = True,
        audiences: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self._certificates = ClientCertificates(clock or RealClock())
        self._token_file = token_file
        self._service_accounts = service_accounts
        self._anonymous = anonymous
        self._audiences = tuple(audiences)
        self._by_token: dict[str, UserInfo] = {}

    def authenticate(self, credentials: Credentials) -> UserInfo | None:
        """The user with system:authenticated among the groups; None where nobody is let in.

        A good token makes up for a bad certificate. Raises InvalidCredentials.
        """
        refused: InvalidCredentials | None = None
        try:
            user = self._certificates.authenticate(credentials)
        except InvalidCredentials as error:
            user, refused = None, error
        if user is not None:
            return _authenticated(user)
        if token := bearer_token(credentials.authorization):
            found = self.token_user(token)
            if found is None:
                raise InvalidCredentials("invalid bearer token")
            return found[0]
        if refused is not None:
            raise refused
        return _ANONYMOUS if self._anonymous else None

    def token_user(self, token: str, audiences: Sequence[str] = ()) -> tuple[UserInfo, tuple[str, ...]] | None:
        """The user of a token and the audiences it is good for, None where nobody knows it."""
        user = self._user_from_file(token)
        if user is not None:
            # Tokens from the file name no audience: they are for this server.
            matching = tuple(a for a in self._audiences if a in audiences) if audiences else self._audiences
            return (user, matching) if matching or not audiences else None
        if self._service_accounts is None:
            return None
        found = self._service_accounts.authenticate(token, audiences)
        return None if found is None else (_authenticated(found[0]), found[1])

    def _user_from_file(self, token: str) -> UserInfo | None:
        if self._token_file is None:
            return None
        cached = self._by_token.get(token)
        if cached is None and (user := self._token_file.user(token)) is not None:
            cached = self._by_token[token] = _authenticated(user)
        return cached


def bearer_token(header: str) -> str:
    """The token of an Authorization header, empty where it is of another kind; of several headers the first counts."""
    parts = header.partition("\n")[0].strip().split(" ", 2)
    return parts[1] if len(parts) > 1 and parts[0].lower() == "bearer" else ""


def _authenticated(user: UserInfo) -> UserInfo:
    if AUTHENTICATED in user.groups or UNAUTHENTICATED in user.groups:
        return user
    return replace(user, groups=(*user.groups, AUTHENTICATED))
