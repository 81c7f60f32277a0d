"""GET RESPONSE as a terminal's driver does it, and a card that never comes to an end."""

from __future__ import annotations

from apdu.link import MOST_PIECES, fetched


class Talker:
    """Says ``words`` one after the other, the last for ever."""

    def __init__(self, *words: str) -> None:
        self.words = [bytes.fromhex(each) for each in words]
        self.asked: list[bytes] = []

    def exchange(self, command: bytes) -> bytes:
        self.asked.append(command)
        return self.words.pop(0) if len(self.words) > 1 else self.words[0]


def test_the_whole_answer():
    link = Talker("AABB6101", "CC9000")
    assert fetched(link, bytes.fromhex("016102")) == bytes.fromhex("01AABBCC9000")
    assert link.asked == [bytes.fromhex("00C0000002"), bytes.fromhex("00C0000001")]


def test_nothing_to_fetch():
    assert fetched(Talker("9000"), b"\x01\x6a\x82") == b"\x01\x6a\x82"


def test_a_card_that_always_has_more():
    link = Talker("AA6101")
    assert fetched(link, b"\x61\x01") == b"\xaa" * MOST_PIECES + b"\x61\x01"
    assert len(link.asked) == MOST_PIECES
