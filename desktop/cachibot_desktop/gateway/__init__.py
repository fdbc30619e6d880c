"""Every request and WebSocket on its way to CachiBot: access policy, static files, chat errors."""
