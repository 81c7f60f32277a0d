"""The driver: what a terminal does with 61xx, 6Cxx and warnings, on answers written out by hand (ISO 7816-4 §5.3.4)."""

import pytest

from apdu.link import MOST_PIECES
from dualcos.dialogue.driver import Manner, StepRefused, apdu, done, perform, send


class Told:
    """A link that knows what it will be asked, and what it answers."""

    def __init__(self, *pairs):
        self.pairs = [tuple(map(bytes.fromhex, pair)) for pair in pairs]

    def exchange(self, command):
        wanted, answer = self.pairs.pop(0)
        assert command == wanted
        return answer


@pytest.mark.parametrize(
    ("manner", "pairs", "whole"),
    [
        (Manner(), [("00B0810010", "0102 9000")], "0102 9000"),
        (Manner(), [("00B0810010", "6C02"), ("00B0810002", "0102 9000")], "0102 9000"),
        (Manner(), [("80CA9F1700", "6C04"), ("80CA9F1704", "9F170103 9000")], "9F170103 9000"),
        (Manner(), [("00A40000023F00", "6102"), ("00C0000002", "6F00 9000")], "6F00 9000"),
        (Manner(), [("00A40000023F0000", "6102"), ("00C0000002", "6F00 9000")], "6F00 9000"),
        (Manner(), [("80500000020102", "AA 6101"), ("00C0000001", "BB 9000")], "AABB 9000"),
        (Manner(same_class=True), [("84500000020102", "6101"), ("84C0000001", "BB 9000")], "BB 9000"),
        (Manner(always_le=True), [("80500000020102", "6101"), ("00C0000001", "BB 9000")], None),
        (Manner(always_le=True), [("8050000002010200", "BB 9000")], "BB 9000"),
        (Manner(), [("00A4040001A0", "6283")], "6283"),
        (
            Manner(behind_warnings=True),
            [("00A4040001A0", "6283"), ("00C0000000", "6C02"), ("00C0000002", "6F00 9000")],
            "6F00 6283",
        ),
        (Manner(), [("00B0000000", "6A82")], "6A82"),
    ],
)
def test_whole_answers(manner, pairs, whole):
    link = Told(*pairs)
    first = bytes.fromhex(pairs[0][0])
    if whole is None:  # the card is sent something else than the command as it is
        with pytest.raises(AssertionError):
            perform(link, send(first, manner))
        return
    command = first[:-1] if manner.always_le else first
    assert perform(link, send(command, manner)).encode() == bytes.fromhex(whole)
    assert not link.pairs


def test_a_card_that_has_always_more_is_left():
    class Endless:
        asked = 0

        def exchange(self, _command):
            self.asked += 1
            return bytes.fromhex("006101")

    link = Endless()
    assert perform(link, send(bytes.fromhex("00B0000000"))).sw == 0x6101
    assert link.asked == MOST_PIECES + 1


def test_a_refused_step_names_itself_and_no_data():
    with pytest.raises(StepRefused) as refused:
        perform(Told(("00200000031234FF", "63C2")), done("VERIFY", apdu("00200000", bytes.fromhex("1234FF"))))
    assert "VERIFY (00200000) was answered 63C2" in str(refused.value)
    assert "1234" not in str(refused.value)
    assert refused.value.sw == 0x63C2


def test_what_the_link_raises_ends_the_dialogue():
    ended = []

    class Dead:
        def exchange(self, _command):
            raise ConnectionError

    def dialogue():
        try:
            yield b"\0" * 5
        finally:
            ended.append(True)

    with pytest.raises(ConnectionError):
        perform(Dead(), dialogue())
    assert ended
