"""The bureau's desk hands its terminals what the publisher's file has, and a terminal lets no listed card pass."""

from __future__ import annotations

from itertools import count

import pytest

from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherFile
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.blacklist_lists import CODES, KEY, NOW, NUMBERS, PUBLISHER, card, named


def test_from_the_publishers_file_to_the_terminal(tmp_path):
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper())
    bureau = BlacklistPublisher.begin(tmp_path / "list", file)
    desk = TerminalDesk(keys=lambda _: None, cards={}, books=DeskBooks(), now=lambda: NOW, random=bytes, lists=bureau)
    (tmp_path / "held").mkdir()
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public))
    running = count(1).__next__
    assert held.pull(desk, "000000000001", running, NOW) == (0, (), False)
    bureau.add([card(0)], NOW)
    bureau.publish(KEY, NOW)
    assert held.pull(desk, "000000000001", running, NOW) == (1, (), False)
    with pytest.raises(TerminalStopped) as stopped:
        held.demand_clear(bytes.fromhex(CODES[0]), NUMBERS[0], NOW)
    assert stopped.value.cause is StopCause.BLACKLISTED
    BlacklistPublisher(tmp_path / "list").remove([named(0)])
    BlacklistPublisher(tmp_path / "list").publish(KEY, NOW)
    assert held.pull(desk, "000000000001", running, NOW) == (1, (), False)
    held.demand_clear(bytes.fromhex(CODES[0]), NUMBERS[0], NOW)
    desk.close()


def test_a_file_that_cannot_be_read_is_a_refusal(tmp_path):
    """The terminal goes on by what it holds; once the file is mended, the same question is answered."""
    path = tmp_path / "list"
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper())
    bureau = BlacklistPublisher.begin(path, file)
    bureau.publish(KEY, NOW)
    desk = TerminalDesk(keys=lambda _: None, cards={}, books=DeskBooks(), now=lambda: NOW, random=bytes, lists=bureau)
    content = path.read_bytes()
    (tmp_path / "held").mkdir()
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public))
    refused = ("no list from the back end, lists-unreadable: the publisher's blacklist cannot be read",)
    for spoilt in (b"", content[:-9]):
        path.write_bytes(spoilt)
        assert held.pull(desk, "000000000001", lambda: 1, NOW) == (0, refused, False)
    path.unlink()
    assert held.pull(desk, "000000000001", lambda: 1, NOW) == (0, refused, False)
    path.write_bytes(content)
    assert held.pull(desk, "000000000001", lambda: 2, NOW).taken == 1
    desk.close()
