"""What others need to check service account tokens by themselves: the issuer's description and its public key.

Source: kubernetes ``pkg/serviceaccount/openidmetadata.go``, ``pkg/routes/openidmetadata.go``.
"""

from __future__ import annotations

from mini_server.authn.serviceaccount import ServiceAccountTokens
from mini_server.endpoints.request import AnyResponse, Request, Response
from pykubectl.machinery.codecs import json

CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/openid/v1/jwks"
_CACHED = {"Cache-Control": "public, max-age=3600"}


class OpenID:
    """``url``: where the server is reached by those who check tokens."""

    def __init__(self, tokens: ServiceAccountTokens, url: str) -> None:
        self._tokens = tokens
        self._url = url

    async def handle(self, request: Request) -> AnyResponse | None:
        """Answers the two paths, None for other ones."""
        path = request.path.removesuffix("/")
        if path == CONFIGURATION:
            return Response(200, json.dumps(self._configuration()), headers=dict(_CACHED))
        if path == KEYS:
            keys = json.dumps({"keys": [self._tokens.public_key()]})
            return Response(200, keys, "application/jwk-set+json", dict(_CACHED))
        return None

    def _configuration(self) -> dict[str, object]:
        return {
            "issuer": self._tokens.issuer,
            "jwks_uri": f"{self._url}{KEYS}",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self._tokens.algorithm],
        }
