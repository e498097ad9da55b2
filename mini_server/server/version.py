"""/version.

Source: apimachinery ``pkg/version/types.go``.
"""

from __future__ import annotations

import platform

from mini_server.endpoints.request import AnyResponse, Request, json_response

GIT_VERSION = "v1.36.2"


async def version_response(request: Request) -> AnyResponse | None:
    """Answers /version, None for other paths."""
    if request.path.rstrip("/") != "/version":
        return None
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return json_response(
        {
            "major": "1",
            "minor": "36",
            "emulationMajor": "1",
            "emulationMinor": "36",
            "minCompatibilityMajor": "1",
            "minCompatibilityMinor": "35",
            "gitVersion": GIT_VERSION,
            "gitCommit": "",
            "gitTreeState": "clean",
            "buildDate": "2026-01-01T00:00:00Z",
            "goVersion": "",
            "compiler": platform.python_implementation().lower(),
            "platform": f"{platform.system().lower()}/{machine}",
        }
    )
