"""Two PC/SC readers with cards in them, ours or a real pcscd's, for programs that are started on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.wire import WireClient

PRESENT = 4


class TwoReaders(NamedTuple):
    """Names, and where a program finds the service; ``wait`` returns when a card lies in the first."""

    card: str
    sam: str
    environment: Mapping[str, str]
    wait: Callable[[], None]


@contextmanager
def ours(card: Slot, sam: Slot) -> Iterator[TwoReaders]:
    with EmbeddedService((card, sam)) as service:
        yield TwoReaders(card.name, sam.name, service.environment, lambda: None)


@contextmanager
def of_pcscd(card: Slot, sam: Slot) -> Iterator[TwoReaders]:
    with pcscd.private_pcscd() as daemon:
        plugs = [Plug(card, daemon.card_port), Plug(sam, daemon.psam_port)]
        with VpcdReader(plugs), WireClient(daemon.path) as client:

            def wait() -> None:
                while not all(each.state & PRESENT and each.atr for each in client.register()[:2]):
                    client.event()
                client.stop_waiting()
                client.event()

            wait()
            names = [each.name for each in client.states()]
            yield TwoReaders(names[0], names[1], daemon.environment, wait)


without_pcscd = pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")

EITHER = pytest.mark.parametrize("there", [ours, pytest.param(of_pcscd, marks=without_pcscd)])
