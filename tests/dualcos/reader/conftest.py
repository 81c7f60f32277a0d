"""A running embedded service with a card in the first slot and none in the second, and clients for it."""

from __future__ import annotations

import pytest

from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from tests.dualcos.reader.cards import DiaryCard
from tests.dualcos.reader.embedded_bench import CARD, PSAM
from tests.dualcos.reader.wire import WireClient


@pytest.fixture
def card():
    return DiaryCard()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def slots(card, lines):
    return Slot(CARD, card, report=lines.append), Slot(PSAM)


@pytest.fixture
def service(slots, lines):
    with EmbeddedService(slots, idle_seconds=None, report=lines.append) as running:
        yield running


@pytest.fixture
def connect(service):
    clients = []

    def new(minor: int = 4, establish: bool = True) -> WireClient:
        clients.append(WireClient(str(service.path), minor, establish))
        return clients[-1]

    yield new
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def other(connect):
    return connect()
