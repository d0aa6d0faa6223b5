"""`python -m deploy` is `i247`."""

import sys

from deploy.cli import main

if __name__ == "__main__":
    sys.exit(main())
