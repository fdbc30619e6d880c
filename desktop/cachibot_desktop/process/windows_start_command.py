"""Decides whether a command for cmd.exe opens something for the user, such as `start report.docx`.

Only the command `start` by itself is recognized. A command that cannot be judged counts as one that runs a program.
"""

from __future__ import annotations

import re

# Strings, which `re` compiles at their first use: this module is imported at every start.
_WORD = r'(?: "[^"\r\n]*" | [^\s"&|<>^]+ )'
_START = rf"""(?xi)
    (?: cmd (?:\.exe)? [ \t]+ /c [ \t]+ )?
    start
    (?: [ \t]+ (?P<title> "[^"\r\n]*" ) )?
    (?: [ \t]+ / (?: d[ \t]+{_WORD} | min | max | i | separate | shared
        | low | belownormal | normal | abovenormal | high | realtime ) )*
    [ \t]+ (?!/) (?P<target> {_WORD} )
"""
"""`start` with one target. Its options `/b` and `/wait` bind the program to the command, so they are not accepted."""

_SCHEME = r"(?i)([a-z][a-z0-9+.-]+):"
"""Start of an address. A single letter is a drive."""

_PROGRAM = "(?i)bat|cmd|com|cpl|exe|hta|jar|js|jse|lnk|mjs|pif|pl|ps1|psm1|py|pyw|pyz|rb|scr|sh|vbe|vbs|wsf|wsh"
"""Extensions of programs and scripts, and of shortcuts, which can start either."""


def opens_for_user(command: str) -> bool:
    """Return whether the command opens a document, folder or address, and runs no program.

    A path without an extension counts as a program, such as `python`. If it is a folder, Explorer shows it, which
    never runs in the server's job object.
    """
    found = re.fullmatch(_START, command.strip())
    # cmd.exe takes the first quoted word for the title of a window.
    if found is None or (found["title"] is None and found["target"].startswith('"')):
        return False
    return _is_document(found["target"].strip('"'))


def _is_document(target: str) -> bool:
    scheme = re.match(_SCHEME, target)
    if target.lower().startswith("www.") or (scheme and scheme[1].lower() != "file"):
        return True
    name = re.split(r"[\\/]", target)[-1]
    if name in ("", ".", ".."):
        return bool(target)
    # Windows ignores spaces and dots at the end of a name.
    _, dot, extension = name.rstrip(" .").rpartition(".")
    # A variable can end in another extension. Digits are the version of a program, as in `python3.12`.
    is_known = bool(dot) and "%" not in extension and not extension.isdigit()
    return is_known and not re.fullmatch(_PROGRAM, extension)
