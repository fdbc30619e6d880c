"""Why an answer failed, in words for the user: what happened, and what to do. Also what each card offers.

In titles and advice, `code` and **bold** are the only markup. `{who}`, `{at}` and others are replaced by chat_card.py.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "no-model",
    "no-key",
    "bad-key",
    "forbidden",
    "no-credit",
    "budget",
    "not-found",
    "rate-limit",
    "too-long",
    "no-tools",
    "content-refused",
    "provider-fault",
    "refused",
    "proxy",
    "no-network",
    "dns",
    "tls",
    "timeout",
    "disconnected",
    "web-page",
    "unreadable",
    "too-large",
    "empty",
    "cut-off",
    "too-many-rounds",
    "database-busy",
    "database-fault",
    "disk-full",
    "rejected",
    "updated",
    "stopped",
    "interrupted",
    "notice",
    "other",
]
Action = Literal["again", "model", "default-model", "keys", "server-key"]
"""A button of a card: to send the message again, another model for this chat, the settings of the default model, the
settings of keys and addresses, the page that takes the address and the key of a local server."""

PROVIDERS = {
    "openai": "OpenAI",
    "claude": "Anthropic",
    "google": "Google",
    "groq": "Groq",
    "grok": "xAI",
    "openrouter": "OpenRouter",
    "moonshot": "Moonshot AI",
    "modelscope": "ModelScope",
    "zai": "Z.ai",
    "azure": "Azure OpenAI",
    "cachibot": "CachiBot Cloud",
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "local_http": "the local model server",
}
LOCAL_PROVIDERS = ("ollama", "lmstudio", "local_http")

_AGAIN = "then send your message again."
_KEYS = "**Settings > API Keys**"
_OTHER_MODEL = "choose another model"
_SERVER_KEY = f"Enter the server's address and the key under **Choose a Model**, {_AGAIN}"
DOWNLOAD_IT = f"Download it with `ollama pull {{name}}`, or {_OTHER_MODEL}, {_AGAIN}"
"""For a model that Ollama doesn't have."""
WORDS: dict[Kind, tuple[str, str]] = {
    "no-model": (
        "No model is set up yet.",
        f"Choose one in **Settings > Models**, {_AGAIN} If the list is empty, add a provider's key in {_KEYS}, "
        "or start Ollama or LM Studio on this computer.",
    ),
    "no-key": ("There is no API key for {who}.", f"Add one in {_KEYS}, or {_OTHER_MODEL}, {_AGAIN}"),
    "bad-key": ("{Who} rejected the API key{status}.", f"Check the key in {_KEYS}, {_AGAIN}"),
    "forbidden": (
        "{Who} refused access{status}.",
        f"The API key may not be allowed to use {{model}}. Check it in {_KEYS}, or {_OTHER_MODEL}.",
    ),
    "no-credit": (
        "Your {who} account has no credit left{status}.",
        f"Add credit with the provider, or {_OTHER_MODEL}, {_AGAIN}",
    ),
    "budget": ("This bot's budget is used up.", "Raise it in the bot's settings, or use another bot."),
    "not-found": ("{Who} can't find {model}{status}.", f"Check the model's name, or {_OTHER_MODEL}, {_AGAIN}"),
    "rate-limit": (
        "{Who} is limiting requests right now{status}.",
        f"{{Wait}}, {_AGAIN} If it happens often, check the limits of your account, or {_OTHER_MODEL}.",
    ),
    "too-long": (
        "The conversation is too long for {model}{status}.",
        "Shorten your message, start a new chat, or choose a model that takes longer texts.",
    ),
    "no-tools": (
        "{Who} can't use tools with {model}{status}.",
        f"CachiBot gives tools to every bot. Choose another model, {_AGAIN}",
    ),
    "content-refused": (
        "{Who} refused to answer this{status}.",
        f"Its rules about content apply. Change your message, or {_OTHER_MODEL}.",
    ),
    "provider-fault": (
        "{Who} reported an error{status}.",
        f"Your key and your message are fine. Wait a little, {_AGAIN} If it doesn't help, {_OTHER_MODEL}.",
    ),
    "refused": (
        "CachiBot can't connect to {who}{at}.",
        f"The connection was refused. Check your internet connection and your firewall, {_AGAIN}",
    ),
    "proxy": (
        "The proxy{proxy} doesn't connect CachiBot to {who}{at}.",
        f"Check the proxy in your computer's network settings, and whether it needs a password, {_AGAIN}",
    ),
    "no-network": (
        "CachiBot can't reach {who}{at}.",
        f"This computer has no network connection to it. Check your connection, {_AGAIN}",
    ),
    "dns": (
        "CachiBot can't find {who}{at}.",
        f"The name could not be looked up (DNS). Check your internet connection and the address, {_AGAIN}",
    ),
    "tls": (
        "The connection to {who}{at} isn't secure.",
        "Its identity could not be verified (TLS certificate). Your network, a proxy or an antivirus program may be "
        f"intercepting connections, or your computer's clock may be wrong. Fix that, {_AGAIN}",
    ),
    "timeout": (
        "{Who}{at} didn't respond in time{status}.",
        f"It may be busy, or your connection may be slow. Wait a little, {_AGAIN}",
    ),
    "disconnected": (
        "The connection to {who}{at} was closed before the answer was complete.",
        "Send your message again. If it happens again, check the provider's status, or your network.",
    ),
    "web-page": (
        "{Who}{at} sent a web page instead of an answer.",
        f"Your network may want you to sign in first, or another program responds there. Check the address in {_KEYS}, "
        f"{_AGAIN}",
    ),
    "unreadable": (
        "{Who}{at} sent something that isn't an answer.",
        f"Another program may be responding there. Check the address in {_KEYS}, {_AGAIN}",
    ),
    "too-large": (
        "The answer of {who}{at} is too large.",
        f"CachiBot stopped reading it. Send your message again, or {_OTHER_MODEL}.",
    ),
    "cut-off": ("The answer was cut off.", "It reached the model's length limit. Ask the model to continue."),
    "too-many-rounds": (
        "The bot used its tools too many times.",
        f"It was stopped before it answered. Ask for less at once, or {_OTHER_MODEL}, {_AGAIN}",
    ),
    "empty": ("The model sent an empty answer.", f"Send your message again, or {_OTHER_MODEL}."),
    "database-busy": (
        "CachiBot's database is busy.",
        f"Another program has locked it, such as a backup or a file sync. Wait until it is finished, {_AGAIN}",
    ),
    "database-fault": (
        "CachiBot can't use its database.",
        f"The disk where your data is stored may be full, read-only or failing. Check it, {_AGAIN}",
    ),
    "disk-full": (
        "The disk that holds your data is full.",
        f"Your message could not be saved. Free up space on the disk where your data is stored, {_AGAIN}",
    ),
    "updated": ("CachiBot was updated while it was running.", f"Restart it, {_AGAIN}"),
    "stopped": ("Stopped", ""),
    "interrupted": ("The answer was interrupted.", "CachiBot stopped while it was answering. Send your message again."),
    "rejected": ("{Who} rejected the request{status}.", f"Change your message or {_OTHER_MODEL}, {_AGAIN}"),
    "other": ("CachiBot couldn't answer.", f"Send your message again. If it doesn't help, {_OTHER_MODEL}."),
}
LOCAL_WORDS: dict[Kind, tuple[str, str]] = {
    "no-key": ("{Who}{at} asks for an API key{status}.", _SERVER_KEY),
    "bad-key": ("{Who}{at} rejected the API key{status}.", _SERVER_KEY),
    "provider-fault": (
        "{Who}{at} reported an error{status}.",
        "The model may need more memory than is free, or the server may need a restart. Check its log, "
        f"{_AGAIN} If it doesn't help, {_OTHER_MODEL}.",
    ),
    "refused": (
        "{Who} isn't running{at}.",
        f"Start it, {_AGAIN} If it runs at another address, change that in {_KEYS}.",
    ),
    "disconnected": (
        "{Who}{at} closed the connection before the answer was complete.",
        "It may have crashed or run out of memory. Send your message again. If it happens again, check its log.",
    ),
}
ACTIONS: dict[Kind, list[Action]] = {
    "no-model": ["default-model", "keys", "again"],
    "no-key": ["keys", "model", "again"],
    "bad-key": ["keys", "again"],
    "forbidden": ["keys", "model", "again"],
    "no-credit": ["model", "again"],
    "budget": ["again"],
    "not-found": ["model", "again"],
    "too-long": ["model", "again"],
    "no-tools": ["model", "again"],
    "content-refused": ["model", "again"],
    "refused": ["again", "keys"],
    "dns": ["again", "keys"],
    "proxy": ["again"],
    "no-network": ["again"],
    "tls": ["again"],
    "web-page": ["keys", "again"],
    "unreadable": ["keys", "again"],
    "database-busy": ["again"],
    "database-fault": ["again"],
    "disk-full": ["again"],
    "updated": ["again"],
    "cut-off": [],
    "stopped": ["again"],
    "interrupted": ["again"],
    "notice": [],
}
"""The buttons of each card, the most useful first. Other kinds: again, or with another model."""
LOCAL_ACTIONS: dict[Kind, list[Action]] = {
    "no-key": ["server-key", "model", "again"],
    "bad-key": ["server-key", "again"],
}
