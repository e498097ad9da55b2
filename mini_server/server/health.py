"""/healthz, /livez, /readyz, and the path of each check.

Source: apiserver ``pkg/server/healthz``.
"""

from __future__ import annotations

from collections.abc import Callable

from mini_server.endpoints.request import AnyResponse, Request, text_response

Check = Callable[[], bool]
_NAMES = ("healthz", "livez", "readyz")


class Health:
    """Checks by name; all of them must hold. ``readyz`` fails while the server is starting or stopping."""

    def __init__(self, checks: dict[str, Check], ready: Check) -> None:
        self._checks = {"ping": lambda: True, "log": lambda: True, **checks}
        self._ready = ready

    async def handle(self, request: Request) -> AnyResponse | None:
        """Answers health paths, None for other ones."""
        parts = request.path.strip("/").split("/")
        if parts[0] not in _NAMES or len(parts) > 2:
            return None
        checks = dict(self._checks)
        if parts[0] == "readyz":
            checks["shutdown"] = self._ready
        if len(parts) == 2:
            return self._single(checks, parts[1])
        return self._all(request, parts[0], checks)

    def _single(self, checks: dict[str, Check], name: str) -> AnyResponse:
        if name not in checks:
            return text_response("404 page not found\n", 404)
        return text_response("ok") if checks[name]() else text_response(f"internal server error: {name}", 500)

    def _all(self, request: Request, title: str, checks: dict[str, Check]) -> AnyResponse:
        excluded = set(request.query.get_all("exclude"))
        lines: list[str] = []
        failed = False
        for name, check in checks.items():
            if name in excluded:
                lines.append(f"[+]{name} excluded: ok")
            elif check():
                lines.append(f"[+]{name} ok")
            else:
                failed = True
                lines.append(f"[-]{name} failed: reason withheld")
        unknown = [name for name in excluded if name not in checks]
        if unknown:
            quoted = ", ".join(f'"{name}"' for name in sorted(unknown))
            lines.append(f"warn: some health checks cannot be excluded: no matches for {quoted}")
        if failed:
            return text_response("\n".join([*lines, f"{title} check failed", ""]), 500)
        if request.query.get("verbose") is not None:
            return text_response("\n".join([*lines, f"{title} check passed", ""]))
        return text_response("ok")
