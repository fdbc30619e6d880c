"""Startup of the server: binds the port, imports CachiBot, serves it, and reports its health and activity."""
