"""The server as a process: shutdown, stdin, parent, descendants, watchdog, and the environment of its children."""
