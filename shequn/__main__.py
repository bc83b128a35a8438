"""``python -m shequn``: the command line."""

import sys

from shequn.commands import main

if __name__ == "__main__":
    sys.exit(main())
