"""A whole `serve` that may be told to kill itself.

python served.py PROJECT
"""

import sys

from opportune.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["serve", "--port", "0", "--project", sys.argv[1]]))
