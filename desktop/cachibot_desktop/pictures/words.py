"""The reasons why a picture is not shown; those of the page are in patches/page/words.json."""

from __future__ import annotations

NOT_AN_ADDRESS = "CachiBot can’t load a picture from this address."
PRIVATE = "{host} is in a private network. CachiBot loads pictures from the internet only."
NO_HOST = "There is no computer named {host}."
UNREACHABLE = "CachiBot couldn’t connect to {host}."
NOT_SECURE = "The connection to {host} isn’t secure: its certificate isn’t trusted."
TIMEOUT = "{host} didn’t send the picture in time."
REDIRECTS = "{host} redirects too often."
ERROR = "{host} responded with an error ({status})."
NOT_A_PICTURE = "{host} didn’t send a picture that CachiBot can show."
TOO_LARGE = "This picture is larger than {megabytes} MB."
