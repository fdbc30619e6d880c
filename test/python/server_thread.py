"""Runs a listening server of the tests in a thread, so that it answers the process that is tested."""

from __future__ import annotations

import socketserver
import threading


def start(server: socketserver.TCPServer) -> None:
    """Answer requests from now on."""
    threading.Thread(target=server.serve_forever, daemon=True).start()


def stop(server: socketserver.TCPServer) -> None:
    """Stop answering and close the port."""
    server.shutdown()
    server.server_close()
