"""The ASGI gateway in front of CachiBot: access policy, static files, errors in the chat."""
