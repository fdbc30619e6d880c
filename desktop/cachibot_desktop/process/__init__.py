"""The server as a process: shutdown, stdin, parent, descendants, watchdog, environment of its children, redaction."""
