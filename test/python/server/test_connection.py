"""Which connection without the token is closed for a new one. test_hostile_connections.py tests the rest."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from cachibot_desktop.server.connection import GRACE_SECONDS, MAX_ANONYMOUS, AnonymousConnections


def connection(*, is_being_answered: bool = False) -> Any:
    return Mock(is_being_answered=is_being_answered)


def closed(connections: list[Any]) -> list[int]:
    return [number for number, each in enumerate(connections) if each.transport.abort.called]


def test_the_oldest_that_waits_for_no_response_is_closed() -> None:
    anonymous = AnonymousConnections()
    connections = [connection(is_being_answered=number in (0, 2)) for number in range(MAX_ANONYMOUS)]
    for each in connections:
        anonymous.add(each)
    assert closed(connections) == []
    anonymous.add(connection())
    assert closed(connections) == [1]
    anonymous.add(connection())
    assert closed(connections) == [1, 3]


def test_the_oldest_is_closed_if_all_wait_for_a_response() -> None:
    anonymous = AnonymousConnections()
    connections = [connection(is_being_answered=True) for _ in range(MAX_ANONYMOUS + 1)]
    for each in connections:
        anonymous.add(each)
    assert closed(connections) == [0]


def test_a_connection_that_has_sent_the_token_no_longer_counts() -> None:
    anonymous = AnonymousConnections()
    connections = [connection() for _ in range(3 * MAX_ANONYMOUS)]
    for each in connections:
        anonymous.add(each)
        anonymous.discard(each)
    assert closed(connections) == []


def test_new_connections_wait_until_those_that_they_close_have_had_their_grace() -> None:
    now = 0.0
    anonymous = AnonymousConnections(lambda: now)
    for number in range(MAX_ANONYMOUS - 1):
        now = number * 0.001
        anonymous.add(connection())
    assert anonymous.seconds_until_room(1) == 0
    now = 0.0
    assert anonymous.seconds_until_room(2) == GRACE_SECONDS
    assert anonymous.seconds_until_room(16) == pytest.approx(0.014 + GRACE_SECONDS)
    now = 1.0
    assert anonymous.seconds_until_room(16) == 0
