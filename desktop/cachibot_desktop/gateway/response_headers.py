"""The headers that the gateway adds to every response."""

from __future__ import annotations

from .asgi_types import Message, Send


def with_headers(send: Send, policy: str, *, may_be_stored: bool) -> Send:
    """Return a `send` that adds the security headers, with `policy` as the Content-Security-Policy.

    A response that may not be stored gets `no-store`, too, whatever it says itself: a browser would keep its text, such
    as that of a chat, in a file, even after the user has deleted the chat.
    """
    headers = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        *(() if may_be_stored else ((b"cache-control", b"no-store"),)),
    ]
    names = {name for name, _ in headers}

    async def send_with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            others = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
            message = {**message, "headers": [*others, *headers]}
        await send(message)

    return send_with_headers
