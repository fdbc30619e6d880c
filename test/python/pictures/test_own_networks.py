"""Which IP addresses belong to the networks of this machine."""

from __future__ import annotations

import pytest

from cachibot_desktop.pictures.own_networks import is_in_any, networks_of, own_networks

INTERFACES = [
    ("127.0.0.1", "255.0.0.0"),
    ("203.0.114.9", "255.255.255.248"),
    ("2a02:908:1:2::9", "ffff:ffff:ffff:ffff::"),
    ("fe80::1%eth0", None),
    ("2a02:908:7:7::9", None),
    ("198.18.0.9", None),
    ("100.64.0.2", "0.0.0.0"),
    ("00:15:5d:01:02:03", None),
]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.114.15", True),
        ("203.0.114.16", False),
        ("2a02:908:1:2:ffff::1", True),
        ("2a02:908:1:3::1", False),
        ("2a02:908:7:7:1::", True),
        ("2a02:908:7:8::1", False),
        ("198.18.0.9", True),
        ("198.18.0.10", False),
        ("100.64.0.2", True),
        ("8.8.8.8", False),
    ],
)
def test_an_address_is_compared_with_each_network(address: str, expected: bool) -> None:
    assert is_in_any(address, networks_of(INTERFACES)) is expected


def test_the_networks_of_this_machine_contain_loopback() -> None:
    assert is_in_any("127.0.0.1", own_networks())
