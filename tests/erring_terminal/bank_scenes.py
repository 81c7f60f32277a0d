"""Honest dialogues of a terminal and the bank's host with an issued card, each up to one command of the host's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tests.erring_terminal.erring_issuer import ANSWER, PIN_CHANGE, SCRIPT, by_list
from tests.erring_terminal.explained_card import ExplainedCard, shown_facts
from tests.erring_terminal.host_recipes import Recipe, Values, worked
from tests.erring_terminal.mistake_case import Scene
from tests.erring_terminal.slips import Known

AID = "A000000333010101"
SELECT = f"00A4040008{AID}"
AAC, TC, ARQC = 0x00, 0x40, 0x80
SIGNED, LISTS = "00B2011C", "00B2021C"
"""READ RECORD of file 3: its first record has dates and the signed data, its second CDOL1 and CDOL2."""

PURCHASE: Values = {
    "9F02": bytes.fromhex("000000012345"),
    "9F03": bytes(6),
    "9F1A": bytes.fromhex("0156"),
    "95": bytes.fromhex("0000048000"),
    "5F2A": bytes.fromhex("0156"),
    "9A": bytes.fromhex("260315"),
    "9C": bytes(1),
    "9F37": bytes.fromhex("7C21A97E"),
    "9F21": bytes.fromhex("143052"),
    "9F4E": b"ERRING SHOP".ljust(20),
    "9F7A": bytes(1),
    "DF69": bytes(1),
}
SECRET_STEPS = frozenset(("udk", "session", "enc udk", "enc session", "mask key", "mask"))
"""Steps of the bank's recipes that are keys, or a piece of one."""


class BankDesk:
    """A terminal with the bank's host behind it, at one card. ``sm``: it asks for the SM algorithms."""

    def __init__(self, card: ExplainedCard, *, sm: bool = False) -> None:
        self.card = card
        self.issuer = shown_facts(card.name)["issuer"]
        self.keys = {key.name: bytes.fromhex(key.value) for key in self.issuer.keys}
        self.elements = {fact.name: fact.value for fact in self.issuer.facts if fact.tag}
        self.sm = sm
        self.values = {**PURCHASE, "DF69": bytes((sm,))}
        self.atc = self.cryptogram = b""

    def element(self, name: str) -> bytes:
        return bytes.fromhex(self.elements.get(name, ""))

    def select(self) -> None:
        self.card.ok(SELECT)

    def read(self) -> None:
        """The lists and the dates, by exact lengths."""
        for record in (SIGNED, LISTS):
            self.card.ok(f"{record}{record_length(self.card.name, record):02X}")

    def options(self) -> bytes:
        pdol = by_list(self.element("PDOL"), self.values)
        return self.card.ok(bytes((0x80, 0xA8, 0, 0, len(pdol) + 2, 0x83, len(pdol))) + pdol)

    def generate_command(self, p1: int, arc: bytes = b"") -> bytes:
        data = by_list(self.element("CDOL2" if arc else "CDOL1"), {**self.values, "8A": arc})
        return bytes((0x80, 0xAE, p1, 0, len(data))) + data

    def generate(self, p1: int, arc: bytes = b"") -> bytes:
        """The cryptogram; the first one and its ATC are kept."""
        answer = self.card.ok(self.generate_command(p1, arc))
        if not arc:
            self.atc, self.cryptogram = answer[3:5], answer[5:13]
        return answer[5:13]

    def begin(self) -> None:
        """Up to an initiated transaction."""
        self.select()
        self.read()
        self.options()

    def ask(self) -> None:
        """Up to a card that has asked online."""
        self.begin()
        self.generate(ARQC)

    def given(self, purpose: str) -> dict[str, Any]:
        """What the host starts from for a computation with the key of that purpose."""
        prefix = "SM " if self.sm else ""
        return {
            "purpose": purpose,
            "cipher": "SM4" if self.sm else "3DES",
            "master": self.keys[f"{prefix}MK-{purpose}"],
            "enc master": self.keys[f"{prefix}MK-ENC"],
            "masters": {name: self.keys[f"{prefix}MK-{name}"] for name in ("AC", "MAC", "ENC")},
            "pan": self.elements["PAN"].rstrip("F"),
            "psn": self.elements["PAN sequence number"],
            "atc": self.atc,
            "cryptogram": self.cryptogram,
            "unpredictable": self.values["9F37"],
        }

    def do(self, recipe: Recipe, given: Values, slip: Recipe) -> Known:
        """The command of a recipe, sent; what is a key of the host's may be in no finding."""
        known = Known(worked(recipe, given), worked(recipe, given, slip))
        for steps in known:
            self.card.secrets.update(value for name, value in steps.items() if name in SECRET_STEPS)
        self.card.send(known.done["command"])
        return known

    def answer(self, slip: Recipe | None = None, **more: Any) -> Known:
        """EXTERNAL AUTHENTICATE."""
        return self.do(ANSWER, {**self.given("AC"), "sent arc": b"00", **more}, slip or {})

    def script(self, header: str, body: str = "", slip: Recipe | None = None, **more: Any) -> Known:
        given = {**self.given("MAC"), "header": bytes.fromhex(header), "body": bytes.fromhex(body), **more}
        return self.do(SCRIPT, given, slip or {})

    def change_pin(self, current: str, slip: Recipe) -> Known:
        new = "971358"
        self.card.pins.add(new)
        header = bytes.fromhex("84240001" if current else "84240002")
        given = {**self.given("MAC"), "header": header, "new pin": new, "current pin": current}
        return self.do(PIN_CHANGE, given, slip)


@cache
def record_length(profile: str, record: str) -> int:
    """As a card of that profile tells it."""
    card = ExplainedCard(profile)
    card.ok(SELECT)
    _, sw = card.send(f"{record}00")
    return sw & 0xFF


# --- scenes -----------------------------------------------------------------------------------------------------------

Last = Callable[[BankDesk, Recipe], Known]


def _scene(name: str, profile: str, last: Last, *, sm: bool = False) -> Scene:
    def play(card: ExplainedCard, slip: Recipe) -> Known:
        desk = BankDesk(card, sm=sm)
        desk.ask()
        return last(desk, slip)

    return Scene(f"{name}, {profile}", profile, play, {})


def _in_a_later_transaction(desk: BankDesk, slip: Recipe) -> Known:
    desk.answer()
    earlier = desk.cryptogram
    desk.generate(TC, b"00")
    desk.ask()
    return desk.answer(slip, **{"earlier cryptogram": earlier})


def _put_limit(desk: BankDesk, slip: Recipe) -> Known:
    desk.answer()
    return desk.script("04DA9F58", "05", slip)


def _put_amount(desk: BankDesk, slip: Recipe) -> Known:
    desk.answer()
    return desk.script("04DA9F54", "000000500000", slip)


def _block(desk: BankDesk, slip: Recipe) -> Known:
    desk.answer()
    return desk.script("841E0000", "", slip)


def _record(desk: BankDesk, slip: Recipe) -> Known:
    desk.answer()
    return desk.script("04DC0124", "70089F1401059F230109", slip)


def _second_script(desk: BankDesk, slip: Recipe) -> Known:
    """Behind the second GENERATE AC, and behind a script that went well."""
    desk.answer()
    second = desk.generate(TC, b"00")
    before = desk.script("04DA9F59", "09")
    more = {"second cryptogram": second, "previous block": before.done["mac block"]}
    return desk.script("84240000", "", slip, **more)


def _new_pin(desk: BankDesk, slip: Recipe) -> Known:
    return desk.change_pin("", slip)


def _new_pin_with_current(desk: BankDesk, slip: Recipe) -> Known:
    return desk.change_pin("1234", slip)


ANSWERED = _scene("answer to a cryptogram", "bank-only", BankDesk.answer)
ANSWERED_DUAL = _scene("answer to a cryptogram", "dual-3.0-sm4", BankDesk.answer)
ANSWERED_LATER = _scene("answer in a second transaction", "bank-only", _in_a_later_transaction)
ANSWERED_SM = _scene("answer to a cryptogram", "pboc-sm", BankDesk.answer, sm=True)
LIMIT = _scene("PUT DATA of a limit", "bank-only", _put_limit)
LIMIT_SM = _scene("PUT DATA of a limit", "pboc-sm", _put_limit, sm=True)
AMOUNT = _scene("PUT DATA of an amount", "bank-only", _put_amount)
BLOCK = _scene("APPLICATION BLOCK", "bank-only", _block)
RECORD = _scene("UPDATE RECORD", "dual-2.0-3des", _record)
SECOND_SCRIPT = _scene("PIN UNBLOCK behind a script", "bank-only", _second_script)
NEW_PIN = _scene("PIN CHANGE", "bank-only", _new_pin)
NEW_PIN_SM = _scene("PIN CHANGE", "pboc-sm", _new_pin, sm=True)
NEW_PIN_WITH_CURRENT = _scene("PIN CHANGE with the current one", "bank-only", _new_pin_with_current)

SCENES = (
    ANSWERED, ANSWERED_DUAL, ANSWERED_LATER, ANSWERED_SM, LIMIT, LIMIT_SM, AMOUNT, BLOCK, RECORD, SECOND_SCRIPT,
    NEW_PIN, NEW_PIN_SM, NEW_PIN_WITH_CURRENT,
)  # fmt: skip
