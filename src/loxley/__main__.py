"""`python -m loxley script.py`: see cli/run.py."""

from __future__ import annotations

import sys

from .cli.run import main

if __name__ == "__main__":
    sys.exit(main())
