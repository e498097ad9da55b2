"""A cluster, a web shop on it, and what becomes of it: what ``make demo`` runs.

Everything is done with the command line, as a person would do it; each command is shown before its output. The cluster
keeps its data in ``.demo`` beside this folder and is stopped at the end, also after Ctrl-C or an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
DATA = ".demo/data"
SHOP = "examples/shop"
NAMESPACE = ("-n", "shop")


class DemoFailed(Exception):
    """A command of the demo ended with an error; the text says which."""


def main() -> int:
    """The exit code: 0 when every Deployment is rolled out and the Job complete."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(mode=0o700)
    begun = time.monotonic()
    try:
        run("up", "--detach", "--nodes", "3", "--data-dir", DATA)
        show_the_shop()
    except DemoFailed as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stop()
    print(f"\nThe demo took {time.monotonic() - begun:.1f} s. A cluster of your own: .venv/bin/pykubectl up --detach")
    return 0


def show_the_shop() -> None:
    """Applies the shop, waits for it, shows it."""
    run("apply", "-f", SHOP)
    for deployment in ("catalog", "cart", "frontend"):
        run("rollout", "status", f"deployment/{deployment}", *NAMESPACE, "--timeout=60s")
    run("wait", "--for=condition=complete", "job/seed-catalog", *NAMESPACE, "--timeout=60s")
    run("get", "nodes")
    run("get", "deployments,statefulsets,jobs,services,ingresses", *NAMESPACE)
    run("get", "pods", *NAMESPACE, "-o", "wide")
    run("tree", "deployment", "frontend", *NAMESPACE)


def stop() -> None:
    """Ends the cluster; quiet when none was started."""
    if (DEMO / "data").is_dir():
        run("down", "--data-dir", DATA)


def run(*args: str) -> None:
    """Shows and runs a command of pykubectl.

    Raises ``DemoFailed`` when it ends with an exit code other than 0.
    """
    print(f"\n{emphasized('$ pykubectl ' + ' '.join(args))}", flush=True)
    environment = os.environ | {"KUBECONFIG": str(DEMO / "kubeconfig"), "KUBECACHEDIR": str(DEMO / "cache")}
    done = subprocess.run([sys.executable, "-m", "pykubectl", *args], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise DemoFailed(f"'pykubectl {' '.join(args)}' ended with exit code {done.returncode}")


def emphasized(text: str) -> str:
    """Bold on a terminal, unless NO_COLOR is set or the terminal has no such thing."""
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[1m{text}\x1b[0m"


if __name__ == "__main__":
    sys.exit(main())
