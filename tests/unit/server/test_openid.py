"""The issuer's description for those who check tokens by themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mini_server.authn.serviceaccount import ServiceAccountTokens
from mini_server.endpoints.request import Query, Request, Response
from mini_server.server.openid import OpenID
from pykubectl.machinery.codecs import json
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.authn.certificates import write_key


async def nothing() -> bytes:
    return b""


async def never() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def tokens(tmp_path: Path) -> ServiceAccountTokens:
    key = write_key(tmp_path / "sa.key", ec.generate_private_key(ec.SECP256R1()))
    return ServiceAccountTokens(key, "https://issuer.example", ("api",), FakeClock(), lambda *_: None)


def get(tokens: ServiceAccountTokens, path: str) -> Response | None:
    request = Request("GET", path, Query(), {}, nothing, never)
    found = asyncio.run(OpenID(tokens, "https://10.0.0.1:6443").handle(request))
    assert found is None or isinstance(found, Response)
    return found


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/openid-configuration/"])
def test_the_configuration_leads_to_the_keys(tokens: ServiceAccountTokens, path: str) -> None:
    found = get(tokens, path)
    assert found is not None
    assert (found.status, found.content_type) == (200, "application/json")
    assert found.headers["Cache-Control"] == "public, max-age=3600"
    assert json.loads(found.body) == {
        "issuer": "https://issuer.example",
        "jwks_uri": "https://10.0.0.1:6443/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


@pytest.mark.parametrize("path", ["/openid/v1/jwks", "/openid/v1/jwks/"])
def test_the_keys_are_public_ones(tokens: ServiceAccountTokens, path: str) -> None:
    found = get(tokens, path)
    assert found is not None
    assert (found.status, found.content_type) == (200, "application/jwk-set+json")
    (key,) = json.loads(found.body)["keys"]
    assert key.keys() == {"use", "kid", "alg", "kty", "crv", "x", "y"}


@pytest.mark.parametrize("path", ["/", "/openid", "/openid/v1", "/openid/v1/jwks/x", "/.well-known"])
def test_other_paths_are_somebody_elses(tokens: ServiceAccountTokens, path: str) -> None:
    assert get(tokens, path) is None
