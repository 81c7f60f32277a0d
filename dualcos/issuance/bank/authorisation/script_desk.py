"""发卡行脚本: commands that wait for a card, one script an answer, and what became of them (PBOC-6 §7.12, PBOC-5 B).

A script is queued, then sent with an answer, then done or failed: by the terminal's report (DF31), or, where that is
lost, by what the card says of itself with its next cryptogram. One that was not performed is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from msgspec import Struct, structs

from apdu import tlv
from dualcos.dialogue.bank import ScriptHeader
from dualcos.issuance.bank.authorisation.bank_books import Authorisation, BankBooks
from dualcos.issuance.bank.authorisation.chip_data import CryptogramData
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, OnlinePins
from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.terminal_results import ScriptOutcome

LONGEST_SCRIPT = 128
"""Bytes of tag 72's value (EMV book 3 §10.10)."""
_TEMPLATE, _IDENTIFIER, _COMMAND = 0x72, 0x9F18, 0x86
_RESULT_LENGTH = 5
_MAC = 4
_ENCIPHERED_PIN = 16
_PIN_CHANGE = "84240002"
State = Literal["queued", "sent", "done", "failed", "cancelled"]
_WAITING: tuple[State, ...] = ("queued", "sent")


class UnsendableScript(ValueError):
    """A script that no card could be sent; says why."""


class ScriptSubject(StrEnum):
    """What a script is about: of each at most one waits for a card."""

    APPLICATION = "application"
    CARD = "card"
    PIN = "PIN"
    DATA = "data"


class ScriptPaper(Struct, frozen=True, kw_only=True):
    """``identifier``: 9F18, hex. ``commands``: header of 4 bytes and data, hex, before MAC and encipherment.
    ``pin_block``: of a PIN CHANGE, under the key of the line as it came. ``reference``, ``atc``: where it was sent.
    """

    identifier: str
    pan: str
    subject: str
    commands: tuple[tuple[str, str], ...]
    pin_block: str = ""
    state: State = "queued"
    reference: str = ""
    atc: int = 0

    def __repr__(self) -> str:
        """Masked; no command, for there may be a PIN in it."""
        return f"<ScriptPaper {self.identifier} {self.subject} {masked_account(self.pan)} {self.state}>"


class ScriptOrder(NamedTuple):
    """What can be queued; made by its methods. ``against``: header of the contrary, which cancels and is cancelled."""

    subject: str
    commands: tuple[tuple[str, str], ...]
    pin_block: str = ""
    against: str = ""

    def __repr__(self) -> str:
        """No command, for there may be a PIN in it."""
        return f"<ScriptOrder {self.subject}>"

    @staticmethod
    def block_application() -> ScriptOrder:
        """APPLICATION BLOCK; one that waits is cancelled by its contrary."""
        return _pair(ScriptHeader.BLOCK_APPLICATION, ScriptHeader.UNBLOCK_APPLICATION)

    @staticmethod
    def unblock_application() -> ScriptOrder:
        """APPLICATION UNBLOCK."""
        return _pair(ScriptHeader.UNBLOCK_APPLICATION, ScriptHeader.BLOCK_APPLICATION)

    @staticmethod
    def block_card() -> ScriptOrder:
        """CARD BLOCK: there is no way back."""
        return ScriptOrder(ScriptSubject.CARD, ((ScriptHeader.BLOCK_CARD, ""),))

    @staticmethod
    def unblock_pin() -> ScriptOrder:
        """PIN CHANGE/UNBLOCK without a PIN: the tries are given back."""
        return ScriptOrder(ScriptSubject.PIN, ((ScriptHeader.UNBLOCK_PIN, ""),))

    @staticmethod
    def change_pin(pin_block: bytes) -> ScriptOrder:
        """PIN CHANGE/UNBLOCK with a new off-line PIN; ``pin_block``: format 0 under the key of the line."""
        return ScriptOrder(ScriptSubject.PIN, ((_PIN_CHANGE, ""),), pin_block.hex().upper())

    @staticmethod
    def put_data(tag: int, value: bytes) -> ScriptOrder:
        """PUT DATA."""
        header = f"04DA{tag:04X}"
        return ScriptOrder(f"{ScriptSubject.DATA} {tag:04X}", ((header, value.hex().upper()),))

    @staticmethod
    def update_record(sfi: int, number: int, record: bytes) -> ScriptOrder:
        """UPDATE RECORD."""
        header = f"04DC{number:02X}{sfi << 3 | 4:02X}"
        return ScriptOrder(f"{ScriptSubject.DATA} {sfi:02X}.{number:02X}", ((header, record.hex().upper()),))


def _pair(header: str, against: str) -> ScriptOrder:
    return ScriptOrder(ScriptSubject.APPLICATION, ((header, ""),), against=against)


class ScriptDesk:
    """The scripts in an issuer's books. What changes them belongs inside a transaction of the books."""

    def __init__(self, books: BankBooks, pins: OnlinePins) -> None:
        self._books, self._pins = books, pins

    def queue(self, pan: str, order: ScriptOrder) -> str:
        """The identifier under which it waits, hex; empty if it has only cancelled its contrary, which nobody has sent.

        What waits about the same is cancelled. Raises UnsendableScript.
        """
        _demand_fits(order)
        if order.pin_block:
            self._demand_pin(bytes.fromhex(order.pin_block), pan)
        for each in self._waiting(pan):
            if each.subject != order.subject:
                continue
            self._file(structs.replace(each, state="cancelled"))
            if each.state == "queued" and order.against and each.commands[0][0] == order.against:
                return ""
        identifier = f"{self._books.next_number('script') & 0xFFFFFFFF:08X}"
        paper = ScriptPaper(
            identifier=identifier, pan=pan, subject=order.subject, commands=order.commands, pin_block=order.pin_block
        )
        self._file(paper)
        return identifier

    def scripts(self, pan: str) -> Sequence[ScriptPaper]:
        """All of a card, oldest first."""
        return self._books.papers(ScriptPaper, pan)

    def send(self, case: AuthorisingCase, reference: str) -> bytes:
        """Tag 72 with the oldest script that waits; empty if none does, or the card has proved nothing new."""
        if case.keys is None or case.chip is None:
            return b""
        queued = [each for each in self.scripts(case.card.pan) if each.state == "queued"]
        if not queued:
            return b""
        paper, chip = queued[0], case.chip
        try:
            commands = self._commands(paper, case)
        except IssuerDecline:  # its PIN was enciphered under another key of the line
            self._file(structs.replace(paper, state="failed"))
            return b""
        self._file(structs.replace(paper, state="sent", reference=reference, atc=chip.counter))
        coded = (tlv.encode(_COMMAND, command) for command in commands)
        return tlv.encode(_TEMPLATE, tlv.encode(_IDENTIFIER, bytes.fromhex(paper.identifier)), *coded)

    def learn(self, pan: str, chip: CryptogramData) -> None:
        """What the card says with a new cryptogram of scripts that were sent before."""
        for each in self._waiting(pan):
            if each.state == "sent" and chip.counter > each.atc:
                self._file(structs.replace(each, state=_by_card(each, chip)))

    def report(self, about: Authorisation, results: bytes) -> None:
        """What a terminal reports (DF31) of scripts that were sent with the answer to ``about``; of others it knows
        nothing. Raises IssuerDecline.
        """
        if not results or len(results) % _RESULT_LENGTH:
            raise IssuerDecline("script-results-unreadable")
        papers = {each.identifier: each for each in self.scripts(about.pan) if each.reference == about.reference}
        for at in range(0, len(results), _RESULT_LENGTH):
            paper = papers.get(results[at + 1 : at + _RESULT_LENGTH].hex().upper())
            if paper is not None and paper.state == "sent":
                self._file(structs.replace(paper, state=_by_terminal(results[at] >> 4)))

    def _demand_pin(self, block: bytes, pan: str) -> None:
        try:
            self._pins.clear(block, pan)
        except IssuerDecline as decline:
            raise UnsendableScript(str(decline)) from None

    def _waiting(self, pan: str) -> list[ScriptPaper]:
        return [each for each in self.scripts(pan) if each.state in _WAITING]

    def _file(self, paper: ScriptPaper) -> None:
        """A PIN that no card will be sent any more goes."""
        paper = paper if paper.state in _WAITING else structs.replace(paper, pin_block="")
        self._books.file_paper(paper.identifier, paper.pan, paper)

    def _commands(self, paper: ScriptPaper, case: AuthorisingCase) -> list[bytes]:
        assert case.keys is not None  # noqa: S101 - asked by ``send``
        assert case.chip is not None  # noqa: S101 - as above
        atc, cryptogram = case.chip.atc, case.chip.cryptogram
        if paper.pin_block:
            pin = self._pins.clear(bytes.fromhex(paper.pin_block), paper.pan)
            return [case.keys.pin_change(atc, cryptogram, pin)]
        context = case.keys.script(atc, cryptogram)
        return [context.command(bytes.fromhex(header), bytes.fromhex(data)) for header, data in paper.commands]


def _by_card(paper: ScriptPaper, chip: CryptogramData) -> State:
    """The card counts script commands behind its last transaction on line, if that one came to its end."""
    if chip.card.not_completed:
        return "queued"
    if chip.card.script_failed:
        return "failed"
    return "done" if chip.card.scripts_done >= len(paper.commands) else "queued"


def _by_terminal(outcome: int) -> State:
    if outcome == ScriptOutcome.SUCCESSFUL:
        return "done"
    return "queued" if outcome == ScriptOutcome.NOT_PERFORMED else "failed"


def _demand_fits(order: ScriptOrder) -> None:
    """Raises UnsendableScript for what would be longer than a terminal must take."""
    length = 3 + 4
    for header, data in order.commands:
        size = len(header) // 2 + 1 + (_ENCIPHERED_PIN if order.pin_block else len(data) // 2) + _MAC
        length += 2 + size
    if length > LONGEST_SCRIPT:
        raise UnsendableScript(f"a script of {length} bytes; a terminal takes {LONGEST_SCRIPT}")
