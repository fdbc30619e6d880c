"""Which IP addresses belong to the networks of this machine: with IPv6, its devices have public addresses as well."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

type Network = IPv4Network | IPv6Network

_USUAL = {4: 32, 6: 64}
"""Length of the prefix where the system names none: an IPv6 network of devices has 64 bits."""
_LARGEST = {4: 8, 6: 16}
"""A tunnel may have a mask that covers the whole internet; such a mask counts as none."""


def own_networks() -> list[Network]:
    """Return the networks to which the interfaces of this machine are connected.

    Raises:
        OSError: the system does not tell.
    """
    import psutil

    found = (entry for entries in psutil.net_if_addrs().values() for entry in entries)
    return networks_of((entry.address, entry.netmask) for entry in found)


def networks_of(interfaces: Iterable[tuple[str, str | None]]) -> list[Network]:
    """Return the networks of addresses with their masks, such as `255.255.255.0` or `ffff:ffff:ffff:ffff::`.

    Skips all that is not an IP address, such as the hardware address of an interface.
    """
    networks = []
    for address, mask in interfaces:
        try:
            ip = ip_address(address.partition("%")[0])
            length = 0 if mask is None else int(ip_address(mask)).bit_count()
            if length < _LARGEST[ip.version]:
                length = _USUAL[ip.version]
            networks.append(ip_network((ip, length), strict=False))
        except ValueError:
            continue
    return networks


def is_in_any(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an IP address belongs to one of the networks."""
    ip = ip_address(address)
    return any(ip in network for network in networks)
