"""Entry of the server, frozen or not. Everything it does is in the package beside it."""

import sys

from cachibot_desktop.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
