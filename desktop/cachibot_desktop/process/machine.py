"""Applies what the shell reports of this machine while the server runs: time zone, proxies, login shell."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from . import local_zone
from .desktop_proxy import DesktopProxy
from .login_environment import LoginEnvironment, are_variables
from .network_environment import PROXY_VARIABLES


class Machine:
    """Applies the shell's reports."""

    def __init__(
        self,
        environ: MutableMapping[str, str],
        inherited: MutableMapping[str, str],
        caller_env: Mapping[str, str | None] | None = None,
    ) -> None:
        """Call it before anything of ours changes the variables of proxies in `environ`.

        `inherited` is the environment of the server's children. `caller_env` has the caller's values of the variables
        that the shell has changed for this process.
        """
        self._proxy = DesktopProxy(environ)
        # The shell changes these only for a proxy in the app's settings.
        is_set = not (caller_env or {}).keys().isdisjoint(PROXY_VARIABLES)
        self._login = LoginEnvironment(environ, inherited, None if is_set else self._proxy)

    def apply(self, report: object) -> dict[str, Any]:
        """Apply a report; return the addresses whose proxies the next report is to name.

        Raises:
            ValueError: the report does not keep to the contract.
        """
        if not isinstance(report, dict):
            raise ValueError("A report is an object.")
        zone, proxies = report.get("zone"), report.get("proxies")
        if zone is not None and not isinstance(zone, str):
            raise ValueError("A zone is a name.")
        if proxies is not None and not _are_routes(proxies):
            raise ValueError("Proxies are URLs by address.")
        login = report.get("environment")
        if login is not None and not are_variables(login):
            raise ValueError("An environment has the login shell's variables only.")
        if login is not None:
            self._login.apply(login)
        if zone is not None:
            local_zone.report(zone)
        if proxies is not None:
            self._proxy.apply(proxies)
        return {"addresses": self._proxy.addresses()}


def _are_routes(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(address, str) and (proxy is None or isinstance(proxy, str)) for address, proxy in value.items()
    )
