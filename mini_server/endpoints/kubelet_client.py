"""The API server's calls to kubelets, with its client certificate."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pykubectl.machinery.errors import new_internal_error, new_status_error

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """Where the client certificate, its key, and the CA of the kubelets' certificates are."""

    certificate: Path
    key: Path
    ca: Path


class KubeletClient:
    """Loads httpx when it is first used. Verifies that a kubelet's certificate is of the cluster's CA."""

    def __init__(self, files: ClientFiles) -> None:
        self._files = files
        self._client: httpx.AsyncClient | None = None

    async def fetch(self, host: str, port: int, path: str, query: list[tuple[str, str]]) -> AsyncIterator[bytes]:
        """Opens a log; its parts come as the kubelet sends them."""
        import httpx

        client = self._client or self._connect()
        request = client.build_request("GET", f"https://{host}:{port}{path}", params=httpx.QueryParams(tuple(query)))
        try:
            response = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            url = f"https://{host}:{port}{path}"
            raise new_internal_error(f'Get "{url}": {error}') from None
        if response.status_code >= 400:
            text = (await response.aread()).decode("utf-8", "replace").strip()
            reason = {404: "NotFound", 400: "BadRequest"}.get(response.status_code, "InternalError")
            raise new_status_error(reason, text or "the kubelet refused", code=response.status_code, details={})
        return _parts(response)

    def _connect(self) -> httpx.AsyncClient:
        import httpx

        context = ssl.create_default_context(cafile=str(self._files.ca))
        # Kubelets are known by the CA that signed for them; their addresses are what the node says they are.
        context.check_hostname = False
        context.load_cert_chain(self._files.certificate, self._files.key)
        self._client = httpx.AsyncClient(verify=context, timeout=httpx.Timeout(10.0, read=None))
        return self._client

    async def close(self) -> None:
        """Drops idle connections."""
        if self._client is not None:
            await self._client.aclose()


async def _parts(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()
