"""``--allow-privileged=false``."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.admission.interface import CREATE, DELETE, UPDATE
from mini_server.admission.privileged import NoPrivileged
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, run, write

PRIVILEGED: Object = {"name": "c", "securityContext": {"privileged": True}}


def nested(*steps: str, spec: Object) -> Object:
    obj: Any = spec
    for step in reversed(steps):
        obj = {step: obj}
    return {"metadata": {"name": "o"}, **obj}


@pytest.mark.parametrize(
    ("resource", "steps", "kind", "where"),
    [
        ("pods", ("spec",), "containers", "spec.containers[0]"),
        ("pods", ("spec",), "initContainers", "spec.initContainers[0]"),
        ("pods", ("spec",), "ephemeralContainers", "spec.ephemeralContainers[0]"),
        ("deployments.apps", ("spec", "template", "spec"), "containers", "spec.template.spec.containers[0]"),
        (
            "cronjobs.batch",
            ("spec", "jobTemplate", "spec", "template", "spec"),
            "containers",
            "spec.jobTemplate.spec.template.spec.containers[0]",
        ),
    ],
)
@pytest.mark.parametrize("operation", [CREATE, UPDATE])
def test_privileged_containers_are_refused(
    resource: str, steps: tuple[str, ...], kind: str, where: str, operation: str
) -> None:
    obj = nested(*steps, spec={kind: [PRIVILEGED]})
    with pytest.raises(StatusError) as caught:
        run(lambda context: NoPrivileged(), write(resource, obj, operation=operation))
    assert caught.value.code == 422
    (cause,) = caught.value.details["causes"]
    assert cause["field"] == f"{where}.securityContext.privileged"
    assert cause["message"] == "Forbidden: disallowed by cluster policy"


@pytest.mark.parametrize(
    ("resource", "obj", "more"),
    [
        ("pods", nested("spec", spec={"containers": [{"name": "c"}]}), {}),
        ("pods", nested("spec", spec={"containers": [{"securityContext": {"privileged": False}}]}), {}),
        ("pods", nested("spec", spec={"containers": [PRIVILEGED]}), {"subresource": "status"}),
        ("pods", nested("spec", spec={"containers": [PRIVILEGED]}), {"operation": DELETE}),
        ("pods", {"metadata": {"name": "o"}}, {}),
        ("deployments.apps", {"metadata": {"name": "o"}, "spec": {}}, {}),
        ("configmaps", nested("spec", spec={"containers": [PRIVILEGED]}), {}),
    ],
)
def test_the_rest_is_let_through(resource: str, obj: Object, more: dict[str, Any]) -> None:
    run(lambda context: NoPrivileged(), write(resource, obj, **more))
