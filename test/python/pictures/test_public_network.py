"""Which IP addresses are on the internet."""

from __future__ import annotations

import pytest

from cachibot_desktop.pictures.public_network import is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:2800:220:1::1", "2a00:1450:4001::", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "::1",
            "::",
            "localhost",
            "",
            "8.8.8.8:80",
            "0x08080808",
        ),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "192.0.2.1", "198.18.0.1"),
        *("169.254.169.254", "fe80::1", "fe80::1%eth0", "2606:2800:220:1::1%eth0", "fec0::1"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:808:808::", "2001::1"),
        *("2001:db8::1", "100::1", "4000::1"),
    ],
)
def test_all_other_addresses(address: str) -> None:
    assert not is_public(address)
