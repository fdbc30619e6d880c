"""The words for a file that cannot be attached; those of the page are in patches/page/words.json."""

from __future__ import annotations

TOO_LARGE = "{name} is larger than {megabytes} MB."
NOT_SAVED = "CachiBot couldn’t save {name} in its work folder: {reason}."
