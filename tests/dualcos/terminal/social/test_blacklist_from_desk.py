"""The bureau's desk hands its terminals what the publisher's file has, and a terminal lets no listed card pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherFile
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.leash.leash_server import LOCAL, LeashServer
from dualcos.leash.leashed_partner import LeashedPartner
from dualcos.leash.rule_engine import Leash
from dualcos.messages.blacklist import ListedCard
from dualcos.messages.social_client import TcpBackEnd
from dualcos.messages.social_codec import SocialForm
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.blacklist_lists import CODES, KEY, NOW, NUMBERS, PUBLISHER, card, named


class Bureau(NamedTuple):
    """A bureau with a list, and a way to it over TCP."""

    path: Path
    publisher: BlacklistPublisher
    back_end: TcpBackEnd


@pytest.fixture
def bureau(tmp_path) -> Iterator[Bureau]:
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper())
    publisher = BlacklistPublisher.begin(tmp_path / "list", file)
    desk = TerminalDesk(
        keys=lambda _: None, cards={}, books=DeskBooks(), now=lambda: NOW, random=bytes, lists=publisher
    )
    form = SocialForm()
    (tmp_path / "held").mkdir()
    with LeashServer(lambda: LeashedPartner(desk.ask, Leash().followed, form), form) as server:
        back_end = TcpBackEnd(LOCAL, server.port)
        yield Bureau(tmp_path / "list", publisher, back_end)
        back_end.close()
    desk.close()


def many(first: int, count: int) -> list[ListedCard]:
    return [
        structs.replace(card(0), identification=f"990000{number:026X}", number=f"C{number:08d}")
        for number in range(first, first + count)
    ]


def listed(held: HeldBlacklist, number: int) -> str:
    return held.verdict(f"990000{number:026X}", f"C{number:08d}", NOW).reason


def test_a_list_that_no_frame_takes_comes_in_pieces(bureau, tmp_path):
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public))
    running = count(1).__next__
    bureau.publisher.add(many(0, 1200), NOW)
    bureau.publisher.publish(KEY, NOW)
    bureau.publisher.add(many(1200, 700), NOW)
    bureau.publisher.publish(KEY, NOW)
    assert held.pull(bureau.back_end, "000000000001", running, NOW) == (2, (), False)
    assert (len(held), running()) == (1900, 7), "four pieces of the one, two of the other"
    assert [listed(held, number) for number in (0, 1199, 1200, 1899, 1900)] == ["02"] * 4 + [""]


def test_nothing_keeps_a_terminal_from_the_last_list(bureau, tmp_path):
    """A whole list a week old, and increments behind it of which each fills an answer: the terminal keeps two."""
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public, increments=2))
    running = count(1).__next__
    for number in range(5):
        bureau.publisher.add(many(300 * number, 300), NOW)
        bureau.publisher.publish(KEY, NOW)
        assert held.pull(bureau.back_end, "000000000001", running, NOW).taken == 1
        assert held.sequence == number + 1
        assert listed(held, 300 * number) == "02"


def test_a_bureau_that_was_put_back_is_told_and_publishes_on(bureau, tmp_path):
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public))
    running = count(1).__next__
    bureau.publisher.publish(KEY, NOW)
    bureau.publisher.publish(KEY, NOW)
    backup = bureau.path.read_bytes()
    bureau.publisher.add([card(1)], NOW)
    bureau.publisher.publish(KEY, NOW)
    held.pull(bureau.back_end, "000000000001", running, NOW)
    bureau.path.write_bytes(backup)
    bureau.publisher.add([card(0)], NOW)
    bureau.publisher.publish(KEY, NOW)
    taken = held.pull(bureau.back_end, "000000000001", running, NOW)
    assert (held.sequence, taken.taken) == (3, 0)
    assert "another history than list 3" in taken.faults[-1]
    bureau.publisher.publish(KEY, NOW, number=10)
    assert held.pull(bureau.back_end, "000000000001", running, NOW) == (1, (), False)
    assert [held.verdict(CODES[at], NUMBERS[at], NOW).reason for at in (0, 1)] == ["02", ""]


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
