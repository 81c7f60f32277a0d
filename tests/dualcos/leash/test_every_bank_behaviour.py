"""Every behaviour of a bank that comes along: what a terminal gets of it at the front, and whether it was booked.

What terminals then do, and what their slips say, is asked where terminals are tested, by the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from apdu import tlv
from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS
from dualcos.leash.ready_behaviours import BANK, ready_behaviours
from dualcos.leash.rule_names import unknown_names
from dualcos.messages.acquirer_messages import AcquirerMessage, NoLineAnswer
from dualcos.messages.pos_form import pos_names
from dualcos.messages.pos_subfields import parted
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.terminal_at_front import TerminalAtFront, original

PROFILE = "dual-2.0-3des"
PAID = 60_000
"""Fen of each purchase: above what ``over-limit`` lets pass."""


class Seen(NamedTuple):
    """One answer. ``code`` is empty for none; ``sealed``: its MAC is right; ``chip``: field 55 by tag."""

    code: str
    sealed: bool = False
    chip: Mapping[int, bytes] = MappingProxyType({})
    message: AcquirerMessage | None = None


class VisitAtFront:
    """A sign-on, as often as it takes; two purchases; the first one's reversal, if it had no answer, until there is
    one; a script report; totals.
    """

    def __init__(self, name: str) -> None:
        self.acquirer: DemonstrationLine = demonstration_line([PROFILE], rules=name)
        self.terminal = TerminalAtFront(self.acquirer.line)
        self.codes: dict[str, list[str]] = {"sign-on": []}
        while not self.terminal.keys:
            self.codes["sign-on"].append(self.terminal.signed_on().text(39))
        self.paid = self.terminal.pays("purchase", PAID)
        self.first, self.booked = self.seen(self.paid), self.owed
        self.codes["reversal"] = [] if self.first.code else [*self.until(self.terminal.reverses(self.paid))]
        self.second = self.seen(self.terminal.pays("purchase", PAID))
        fields = {2: self.terminal.card.pan, 22: "051", 55: b"\xdf\x31\x05" + bytes(5), 61: original(self.paid)}
        self.codes["report"] = [*self.until(self.terminal.request("script report", fields))]
        figures = f"{self.owed:012d}{self.owed // PAID:03d}{'0' * 16}{'0' * 31}"
        settled = self.seen(self.terminal.request("settlement", {48: figures})).message
        self.result = parted(48, settled.text(48))["domestic_result"] if settled else ""
        self.left = self.owed
        self.acquirer.close()

    @property
    def owed(self) -> int:
        """Fen that the issuer owes, as both books say."""
        owed: int = self.acquirer.issuer.books.balance("acquirer/00010000")
        assert self.acquirer.books.balance("issuers") == -owed
        return owed

    def until(self, message: AcquirerMessage) -> list[str]:
        """The codes until there is one, at most five times."""
        codes: list[str] = []
        while not any(codes) and len(codes) < 5:
            codes.append(self.terminal.code(message))
        return codes

    def seen(self, message: AcquirerMessage) -> Seen:
        """What a terminal sees of the answer."""
        try:
            answer = self.terminal.ask(message)
        except NoLineAnswer:
            return Seen("")
        chip = {item.tag: item.value for item in tlv.parse(answer.raw(55))}
        return Seen(answer.text(39), self.terminal.seal_holds, chip, answer)


Expected = Callable[[VisitAtFront], bool]


def lost(booked: int, reversals: list[str]) -> Expected:
    """The first purchase has no answer; so much was booked; these are the answers to its reversal."""
    return lambda visit: (
        (visit.first.code, visit.booked, visit.codes["reversal"], visit.second.code, visit.left)
        == ("", booked, reversals, "00", PAID)
    )


def refused(first: str, second: str, left: int) -> Expected:
    """Both purchases' codes, no proof of an issuer, and what is booked in the end."""
    return lambda visit: (
        (visit.first.code, visit.second.code, visit.left, visit.first.chip) == (first, second, left, {})
        and visit.first.sealed
    )


def approved(more: Expected) -> Expected:
    """Both purchases are approved and booked."""
    return lambda visit: (visit.first.code, visit.second.code, visit.left) == ("00", "00", 2 * PAID) and more(visit)


def proof(visit: VisitAtFront, which: Seen) -> int:
    """In how many bits the issuer's proof (91) of the second purchase is false; -1 without one."""
    right, told = visit.terminal.card.expected(which.code), which.chip.get(0x91)
    return -1 if told is None else (int.from_bytes(right) ^ int.from_bytes(told)).bit_count()


AS_USUAL = approved(lambda visit: visit.first.sealed and proof(visit, visit.second) == 0)
BEHAVIOURS: Mapping[str, Expected] = MappingProxyType(
    {
        "request-lost": lost(0, ["00"]),
        "hangs-up": lost(0, ["00"]),
        "answer-lost": lost(PAID, ["00"]),
        "answer-late": lost(PAID, ["00"]),
        "hangs-up-after": lost(PAID, ["00"]),
        "answers-another": lost(PAID, ["00"]),
        "unreadable-answer": lost(PAID, ["00"]),
        "reversal-unanswered": lost(PAID, ["", "", "", "00"]),
        "reversal-lost": lost(PAID, ["", "", "00"]),
        "answered-twice": AS_USUAL,
        "unsolicited": AS_USUAL,
        "slow": AS_USUAL,
        "wrong-mac": approved(lambda visit: not visit.first.sealed and visit.second.sealed),
        "wrong-arpc": approved(lambda visit: visit.first.sealed and proof(visit, visit.second) == 1),
        "no-arpc": approved(lambda visit: visit.first.sealed and proof(visit, visit.second) == -1),
        "no-approval-code": approved(
            lambda visit: (
                [bool(each.message and each.message.text(38)) for each in (visit.first, visit.second)] == [False, True]
            )
        ),
        "blocks-application": approved(lambda visit: set(visit.first.chip) == {0x91, 0x72}),
        "script-before": approved(lambda visit: 0x71 in visit.first.chip and 0x71 not in visit.second.chip),
        "script-malformed": approved(lambda visit: is_cut_short(visit.first.chip[0x72])),
        "batch-unbalanced": approved(lambda visit: visit.result == "2"),
        "sign-on-refused": approved(lambda visit: visit.codes["sign-on"] == ["96", "96", "00"]),
        "report-unanswered": approved(lambda visit: visit.codes["report"] == ["", "00"]),
        "card-lost": lambda visit: (
            (visit.first.code, visit.second.code, visit.left, visit.first.sealed) == ("41", "41", 0, True)
            and set(visit.first.chip) == {0x91, 0x72}
        ),
        "refer": refused("01", "01", 0),
        "refer-special": refused("02", "02", 0),
        "declined": refused("05", "05", 0),
        "not-enough": refused("51", "51", 0),
        "expired": refused("54", "54", 0),
        "wrong-pin": refused("55", "55", 0),
        "over-limit": refused("61", "61", 0),
        "pin-exceeded": refused("75", "75", 0),
        "issuer-down": refused("91", "91", 0),
        "system-error": refused("96", "96", 0),
        "keys-stale": refused("99", "00", PAID),
        "mac-refused": refused("A0", "00", PAID),
        "cut-over": refused("90", "00", PAID),
    }
)


def is_cut_short(script: bytes) -> bool:
    """True if a script is no string of TLVs."""
    try:
        tlv.parse(script)
    except tlv.TlvError:
        return True
    return False


def test_every_bank_behaviour_is_tried():
    assert ready_behaviours(BANK).keys() == BEHAVIOURS.keys()


def test_nothing_is_mistyped_in_a_banks_behaviours():
    names = pos_names()._replace(orders=frozenset(CARD_ORDERS))
    assert {name: unknown_names(file.rule, names) for name, file in ready_behaviours(BANK).items()} == dict.fromkeys(
        BEHAVIOURS, ""
    )


def test_without_rules_all_is_as_usual():
    visit = VisitAtFront("")
    assert AS_USUAL(visit)
    assert (visit.result, visit.codes) == ("1", {"sign-on": ["00"], "reversal": [], "report": ["00"]})


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_what_a_bank_does_is_seen_at_the_front(name):
    visit = VisitAtFront(name)
    assert BEHAVIOURS[name](visit), (visit.first, visit.second, visit.codes, visit.booked, visit.left)
