"""Prevents a DNS lookup of the host name at startup, and a firewall rule for the port.

cachibot resolves its host name to find LAN addresses, when it creates the application and
to pair a phone. If the name is not in the hosts file and the network drops packets, this
blocks for many seconds. On Windows the settings page can also open the firewall for the
port. A server on 127.0.0.1 needs neither.
"""

from __future__ import annotations

from ..launch_options import LaunchOptions
from .patch import Patch


def apply(_launch: LaunchOptions) -> None:
    """Make cachibot find no LAN addresses, and create no firewall rule."""
    from cachibot.api.routes import mobile_pair

    mobile_pair._get_lan_ips = _no_addresses
    mobile_pair._check_firewall_rule = _nothing_to_check
    mobile_pair._create_firewall_rule = _nothing_to_open


def _no_addresses() -> list[str]:
    return []


def _nothing_to_check() -> bool | None:
    return None


def _nothing_to_open() -> tuple[bool, str]:
    return False, "The CachiBot app accepts connections from this computer only, so it needs no firewall rule."


PATCH = Patch(
    name="host lookup",
    flaw="a slow name server delays the start, and the settings offer a useless firewall rule",
    versions="0.3.0",
    apply=apply,
)
