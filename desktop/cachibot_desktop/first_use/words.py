"""The words of the endpoints; those of the pages are in page/words.json."""

from __future__ import annotations

from ..data.work_folder import Problem

BAD_NAME = "Enter a name of 1 to 32 characters."
BAD_REQUEST = "This request is incomplete."
TERMS_MISSING = "The terms are not accepted."
HAS_ACCOUNTS = "This computer already has a CachiBot account. Log in instead."
NOT_OURS = "Log in with your password."
LOGIN_NEEDED = "Log in first."
BAD_PASSWORD = "Use at least 8 characters."  # noqa: S105 - words

WORK_FOLDER = {
    Problem.MISSING: "This folder doesn’t exist.",
    Problem.SILENT: "The disk with this folder isn’t responding. Choose another folder.",
    Problem.READ_ONLY: "CachiBot isn’t allowed to write to this folder. Choose another one.",
    Problem.OWN_DATA: (
        "Your keys and chats are in this folder, or in a folder inside it, where your bots should not work. "
        "Choose another one."
    ),
}

NOT_AN_ADDRESS = "“{text}” isn’t an address. Type something like localhost:11434."
REFUSED = "Nothing is running at {address}. Start the model server, then try again."
NO_HOST = "There is no computer named {host}. Check the address."
TIMEOUT = "{address} didn’t respond in time."
NOT_SECURE = "The connection to {address} isn’t secure: its certificate isn’t trusted."
UNREACHABLE = "CachiBot couldn’t connect to {address}."
NOT_A_MODEL_SERVER = "{address} responds, but it isn’t Ollama or an OpenAI-compatible server."
WANTS_KEY = "The server at {address} asks for an API key. Enter its key, then connect."
WRONG_KEY = "The server at {address} rejected this key."
NO_MODELS = "{server} is running, but has no model yet."
NO_MODELS_OLLAMA = "Ollama is running, but has no model yet. Install one: ollama pull llama3.2"

UNKNOWN_KEY = "CachiBot doesn’t recognize this key. Choose the service it belongs to."
EMPTY_KEY = "Paste a key first."
BROKEN_KEY = "This key contains a space or a line break. Copy it again."
BAD_KEY = "{service} rejected this key. Check that you copied all of it, and that it hasn’t been deleted."
NO_ACCESS = "{service} doesn’t give this key access to its models. Check the key’s permissions."
NO_CREDIT = "The key is right, but the {service} account has no credit left."
TOO_FAST = "{service} is limiting requests right now. Try again in a minute."
SERVICE_FAULT = "{service} has a problem of its own right now ({status}). Try again later."
SERVICE_UNREADABLE = (
    "{service} sent something that CachiBot can’t read. A network that wants you to log in may do this."
)
SERVICE_UNREACHABLE = "CachiBot couldn’t connect to {service}. Check your internet connection."
SERVICE_NOT_SECURE = "The connection to {service} isn’t secure: its certificate isn’t trusted."
SERVICE_NO_MODELS = "{service} accepted this key, but offers it no model for chats."
