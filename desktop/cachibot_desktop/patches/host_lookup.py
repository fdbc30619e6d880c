"""The start does not ask the network for this machine's name, and opens nothing to it.

cachibot looks its host name up to find LAN addresses, while it makes the application and
for pairing a phone: where the name is not in the hosts file and the network swallows
packets, that blocks for many seconds. On Windows the settings page can also open the
firewall for its port. A server on 127.0.0.1 has no use for either.
"""

from __future__ import annotations

from ..launch_options import Launch
from .patch import Patch


def apply(_launch: Launch) -> None:
    """Answer as a machine without a LAN, whose firewall needs no rule."""
    from cachibot.api.routes import mobile_pair

    mobile_pair._get_lan_ips = _no_addresses
    mobile_pair._check_firewall_rule = _nothing_to_check
    mobile_pair._create_firewall_rule = _nothing_to_open


def _no_addresses() -> list[str]:
    return []


def _nothing_to_check() -> bool | None:
    return None


def _nothing_to_open() -> tuple[bool, str]:
    return False, "The desktop app answers on this computer only; it needs no firewall rule."


PATCH = Patch(
    name="host lookup",
    flaw="a slow name server delays the start; a firewall rule is offered that would open a port for nothing",
    versions="0.3.0",
    apply=apply,
)
