"""Decides whether a command for cmd.exe opens something for the user, such as `start report.docx`.

Only the command `start` by itself is recognized. A command that cannot be judged counts as one that runs a program.
"""

from __future__ import annotations

import re

# Strings, which `re` compiles at their first use: this module is imported at every start. cmd.exe separates words with
# commas, semicolons and equals signs, too.
_WORD = r'(?: "[^"\r\n]*" | [^\s"&|<>^,;=]+ )'
_START = rf"""(?xi)
    (?: cmd (?:\.exe)? [ \t]+ /c [ \t]+ )?
    start
    (?: [ \t]+ (?P<title> "[^"\r\n]*" ) )?
    (?: [ \t]+ / (?: d[ \t]+(?!/){_WORD} | min | max | i | separate | shared
        | low | belownormal | normal | abovenormal | high | realtime ) )*
    [ \t]+ (?!/) (?P<target> {_WORD} )
"""
"""`start` with one target. Its options `/b` and `/wait` bind the program to the command, so they are not accepted."""

_VARIABLE = "(?i)%(?:appdata|homedrive|homepath|localappdata|onedrive|public|systemdrive|temp|tmp|userprofile)%"
"""A variable that holds a folder. The value of another one could hold a second command."""

_ADDRESS = "(?i)(?!file:)[a-z][a-z0-9+-]+:.+"
"""An address. A single letter is a drive, and a name with a dot is a file with a second stream of data."""

_DOCUMENT = (
    "(?i)avi|bmp|csv|doc|docm|docx|dot|dotx|eml|epub|flac|gif|heic|htm|html|ics|jpeg|jpg|json|log|m4a|md|mkv|mov|mp3|mp4"
    "|msg|odg|odp|ods|odt|ogg|one|pdf|png|pps|ppsx|ppt|pptm|pptx|psd|pub|rtf|svg|tex|tif|tiff|toml|tsv|txt|vsdx|wav"
    "|webm|webp|xls|xlsb|xlsm|xlsx|xml|xps|yaml|yml|zip"
)
"""Extensions of documents. Any other file may be a program or a script."""


def opens_for_user(command: str) -> bool:
    """Return whether the command opens a document, folder or address, and runs no program.

    A path without an extension counts as a program, such as `python`. If it is a folder, Explorer shows it, which
    never runs in the server's job object.
    """
    found = re.fullmatch(_START, command.strip())
    if not found:
        return False
    title, target = found.group("title", "target")
    # cmd.exe takes the first quoted word for the title of a window.
    is_title = not title and target.startswith('"')
    return not is_title and _is_document(target.strip('"'))


def _is_document(target: str) -> bool:
    if re.fullmatch(_ADDRESS, target):
        return True
    path = re.sub(_VARIABLE, "x", target)
    name = re.split(r"[\\/]", path)[-1]
    if re.search(r"%[^%]+%", path):
        return False
    if name in ("", ".", ".."):
        return bool(target)
    # Windows ignores spaces and dots at the end of a name.
    _, dot, extension = name.rstrip(" .").rpartition(".")
    return bool(dot) and re.fullmatch(_DOCUMENT, extension) is not None
