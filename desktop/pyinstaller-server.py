"""Entry of the server, frozen or not. Everything it does is in the package beside it."""

import os
import signal
import sys

# Until the package takes over there is nothing to finish: a signal ends us as cleanly as later ones will.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), lambda _number, _frame: os._exit(0))

from cachibot_desktop.cli import main  # noqa: E402

if __name__ == "__main__":
    if getattr(sys, "frozen", False):
        # A worker process of a plug-in's pool is this program again, told apart by its arguments; it ends in here.
        # The freezer's own start has imported this module already.
        from multiprocessing import freeze_support

        freeze_support()
    sys.exit(main(sys.argv[1:]))
