"""Applies the variables of the user's login shell, which the shell of the app reads while the server starts.

A desktop starts an app without them: on macOS the PATH is minimal, so the agent's tools, git and coding agents would
not be found. The server looks programs up in its own PATH, and its children inherit the variables.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from .desktop_proxy import DesktopProxy
from .network_environment import PROXY_VARIABLES

NAMES = ("PATH", "SSH_AUTH_SOCK", "LANG", *PROXY_VARIABLES)
"""The variables that a report may contain."""


class LoginEnvironment:
    """Applies the reported variables to this process and to its children."""

    def __init__(
        self, environ: MutableMapping[str, str], inherited: MutableMapping[str, str], proxy: DesktopProxy | None
    ) -> None:
        """Remember the caller's variables: call it before anything of ours changes the proxies in `environ`.

        Without a `proxy`, reported proxies count for the children only: the app's settings name this process's own.
        """
        self._environ = environ
        self._inherited = inherited
        self._proxy = proxy
        self._proxies = _proxies_in(environ)
        self._proxies_of_children = _proxies_in(inherited)
        self._applied: Mapping[str, str] | None = None

    def apply(self, variables: Mapping[str, str]) -> None:
        """Make `variables` count. The caller's proxies count again if a later report has none.

        Does nothing when they are the last report's, so that a later change of `environ` remains.
        """
        if variables == self._applied:
            return
        self._applied = dict(variables)
        others = {name: value for name, value in variables.items() if name not in PROXY_VARIABLES}
        self._environ.update(others)
        reported = _proxies_in(variables)
        of_children = self._proxies_of_children | reported
        # Threads start children meanwhile: no variable is missing in between.
        self._inherited.update(others | of_children)
        for name in PROXY_VARIABLES:
            if name not in of_children:
                self._inherited.pop(name, None)
        if self._proxy is not None:
            self._proxy.replace_callers(self._proxies | reported)


def are_variables(value: object) -> bool:
    """Return whether these are variables of a login shell."""
    return isinstance(value, dict) and all(
        name in NAMES and isinstance(text, str) and text and "\0" not in text for name, text in value.items()
    )


def _proxies_in(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in PROXY_VARIABLES if name in environ}
