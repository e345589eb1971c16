"""`python -m livecode` is the same as the command `livecode`."""

from __future__ import annotations

import sys

from livecode.cli import main

if __name__ == "__main__":
    sys.exit(main())
