"""``python -m pykubectl.codegen``."""

from __future__ import annotations

import sys

from pykubectl.codegen.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
