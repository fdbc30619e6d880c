"""The Python half of the desktop app: runs `cachibot` as a child process of the app.

No module does work on import. The modules that are needed before the port is bound
import only cheap parts of the standard library.
"""
