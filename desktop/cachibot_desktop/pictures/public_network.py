"""Decides which IP addresses are on the internet. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")
"""On a network without IPv4 a name server translates each IPv4 address into one of these."""


def is_public(address: str) -> bool:
    """Return whether an IP address is that of one computer on the internet.

    All others are refused: loopback, private, link-local, shared, reserved and multicast ones, those with a zone, and
    those of IPv6 that contain such an address of IPv4.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return _is_public_ipv4(ip)
    if ip in _NAT64:
        return _is_public_ipv4(IPv4Address(ip.packed[-4:]))
    return _is_public_ipv6(ip)


def _is_public_ipv4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast


def _is_public_ipv6(ip: IPv6Address) -> bool:
    return ip in _GLOBAL_UNICAST and ip not in _SIX_TO_FOUR and ip.is_global and ip.scope_id is None
