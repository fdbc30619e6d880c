"""Entry point of the server, frozen or not. The implementation is in `cachibot_desktop`."""

import os
import signal
import sys

# Nothing needs a clean shutdown yet, so exit with 0 until `cachibot_desktop.process.shutdown` sets its own handlers.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), lambda _number, _frame: os._exit(0))

if getattr(sys, "frozen", False):
    from cachibot_desktop.server import frozen_modules

    frozen_modules.install()

from cachibot_desktop.cli import main  # noqa: E402

if __name__ == "__main__":
    if getattr(sys, "frozen", False):
        # A worker process of a plug-in's pool is this program with special arguments: it runs and exits in this call.
        # Importing the module costs nothing: PyInstaller's bootstrap has already imported it.
        from multiprocessing import freeze_support

        freeze_support()
    sys.exit(main(sys.argv[1:]))
