"""Entry point of the server, frozen or not. The implementation is in `cachibot_desktop`."""

import os
import signal
import sys

# Nothing needs a clean shutdown yet, so exit with 0 until `cachibot_desktop.process.shutdown` sets its own handlers.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), lambda _number, _frame: os._exit(0))

from cachibot_desktop.cli import main  # noqa: E402

# Arguments of a worker process of a plug-in's pool, and of the process that cleans up after such processes.
WORKER_ARGUMENTS = ("--multiprocessing-fork", "-c")

if __name__ == "__main__":
    if getattr(sys, "frozen", False) and any(argument in sys.argv for argument in WORKER_ARGUMENTS):
        from multiprocessing import freeze_support

        # A worker process runs and exits in this call.
        freeze_support()
    sys.exit(main(sys.argv[1:]))
