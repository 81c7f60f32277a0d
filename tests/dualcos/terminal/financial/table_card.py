"""A payment card that is a table: what it answers to each command is data, and it computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apdu import tlv
from dualcos.reader.silent_card import CardGone, CardMute

T1_ATR = bytes.fromhex("3B9F958131FE9F006646530510003171DF000000000022")
"""T=1 and history of nobody's: a card that is not of this house."""
PAN, EXPIRY, NO_CVM = "6217000000000000010F", "351231", "00000000000000001F00"
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F37049F34039B02"
CDOL2 = f"8A02{CDOL1}"
"""They ask for TVR, TSI and CVM results, too: what the terminal has found is read out of what it sends."""
Answer = str | Exception | Callable[[bytes], str]


class TableCard:
    """``answers``: beginning of a command in hex → its answer in hex; several are given in turn, the last again and
    again. The longest beginning that fits counts; what is not in the table is answered 6D00. An exception is raised.
    """

    def __init__(self, answers: Mapping[str, Answer | Sequence[Answer]], atr: bytes = T1_ATR) -> None:
        self._answers = {
            start: list(given) if isinstance(given, list | tuple) else [given] for start, given in answers.items()
        }
        self._atr = atr

    def exchange(self, command: bytes) -> bytes:
        text = command.hex().upper()
        fitting = [start for start in self._answers if text.startswith(start.upper())]
        if not fitting:
            return bytes.fromhex("6D00")
        given = self._answers[max(fitting, key=len)]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return bytes.fromhex(answer(command) if callable(answer) else answer)

    def power_on(self) -> bytes:
        return self._atr

    def reset(self) -> bytes:
        return self._atr

    def power_off(self) -> None:
        pass

    @property
    def atr(self) -> bytes:
        return self._atr


def of(tag: int, *parts: bytes | str) -> str:
    """One TLV in hex."""
    return tlv.encode(tag, b"".join(bytes.fromhex(each) if isinstance(each, str) else each for each in parts)).hex()


AAC, TC, ARQC = "00", "40", "80"
ASKED = {"00": AAC, "40": TC, "80": ARQC, "10": AAC, "50": TC, "90": ARQC}
MUTE, GONE = CardMute("mute"), CardGone("gone")


def as_asked(command: bytes) -> str:
    """The answer of GENERATE AC: what was asked for."""
    return cryptogram(ASKED[f"{command[2]:02X}"])


def cryptogram(cid: str, atc: str = "0007", ac: str = "1122334455667788", iad: str = "07010103A0000001") -> str:
    """An answer of GENERATE AC in format 1."""
    return of(0x80, cid, atc, ac, iad) + "9000"


@dataclass
class PaymentTable:
    """The table of a whole payment card. ``elements``: its one record, tag in hex → value, where they are not the usual
    ones; ``more``: further rows, or others. ``first``, ``second``: answers of the two GENERATE AC.
    """

    aip: str = "1C00"
    elements: Mapping[str, str | None] = field(default_factory=dict)
    first: Answer = as_asked
    second: Answer = as_asked
    more: Mapping[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    proprietary: str = ""
    aid: str = "A000000333010101"
    atr: bytes = T1_ATR

    @property
    def whole(self) -> dict[str, str]:
        """The record's elements; one whose value is None is not there."""
        usual = {"5A": PAN, "5F24": EXPIRY, "8E": NO_CVM, "8C": CDOL1, "8D": CDOL2}
        return {tag: value for tag, value in {**usual, **self.elements}.items() if value is not None}

    def card(self) -> TableCard:
        record = of(0x70, *(of(int(tag, 16), value) for tag, value in self.whole.items()))
        fci = of(0x6F, of(0x84, self.aid), of(0xA5, of(0x50, "50424F43"), self.proprietary))
        rows: dict[str, Answer | Sequence[Answer]] = {
            "00A404000E": "6A82",
            "00A40400": fci + "9000",
            "80A8": of(0x80, self.aip, "08010100") + "9000",
            "00B2010C": record + "9000",
            "80CA9F17": "9F1701039000",
            "80CA9F36": "9F360200079000",
            "80CA9F13": "9F130200069000",
            "0020": "9000",
            "0082": "9000",
            "80AE": [self.first, self.second],
            **self.more,
        }
        return TableCard(rows, self.atr)
