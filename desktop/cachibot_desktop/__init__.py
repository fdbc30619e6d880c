"""The server's desktop half: what makes `cachibot` a good child of a desktop app.

Importing this package costs nothing: no module in it does work on import, and the
ones needed before the port is bound import the standard library's light parts only.
"""
