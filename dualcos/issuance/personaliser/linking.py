"""Which person's card is this? The two ways of the stepwise mode (分步制卡; 总体方案 五（二）2).

Way 1 reads what the first body wrote into the card; way 2 looks the card up in the first body's feedback file.
Where both are at hand they must agree: if they do not, cards and files are mixed up and the batch stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu import atr as answer_to_reset
from apdu.link import SmartCard
from apdu.status import SW
from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import AflError
from cos.ssse.tables import ssse_holder
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import StepRefused, perform, perform_anew
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.social import items
from dualcos.explain.refused_steps import last_refusal, reason_line
from dualcos.issuance.exchange.feedback_file import FeedbackRow
from dualcos.issuance.exchange.personalisation_file import CardRecord
from dualcos.issuance.personaliser.making_steps import bank_made, social_made
from firewall.trace import TraceBuffer

_HOLDER_DATA, _NUMBER = 0x06, 0x08
_IDENTITY_CARD = b"\0"


class LinkError(Exception):
    """The card goes to the reject bin; ``code`` says why: NO_LINK, NO_DATA."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text

    def because(self, events: TraceBuffer) -> LinkError:
        """The same with the card's own reason, if a card in this process has refused to be read."""
        cause = self.__cause__
        reason = last_refusal(events.take(), cause.sw) if isinstance(cause, StepRefused) else None
        return LinkError(self.code, f"{self.text}; {reason_line(reason)}") if reason is not None else self


class MixedUp(Exception):
    """Both ways work and name different people: stop the batch."""


class Linked(NamedTuple):
    """What identifies the holder: the social security number or, failing that, the account."""

    ssn: str = ""
    pan: str = ""


def read_social(card: SmartCard) -> Linked:
    """Way 1 for the bank's body: item 08 of SSSE's EF06. Raises LinkError if it needs a key this body has not."""
    if perform_anew(card, select_name(ssse_holder.NAME)).sw != SW.OK:
        raise LinkError("NO_LINK", "the card has no social side")
    number = perform(card, items(_HOLDER_DATA, 1)).get(_NUMBER, b"").rstrip(b"\0\xff")
    if not number:
        raise LinkError("NO_LINK", "the holder's number cannot be read without RKSSSE: use the feedback file")
    return Linked(ssn=number.decode("ascii", "replace"))


def read_bank(card: SmartCard, aid: bytes) -> Linked:
    """Way 1 for the social body: 9F61 of the debit application and its account. Raises LinkError.

    9F61 is the social security number of whoever has an identity card at the bank (9F62 = 00), and of nobody else.
    """
    session = BankSession(aid, {})
    if perform_anew(card, session.select()).sw != SW.OK:
        raise LinkError("NO_LINK", "the card has no debit application")
    try:
        perform(card, session.read())
    except (TlvError, AflError, StepRefused) as error:
        raise LinkError("NO_LINK", f"the debit application's data cannot be read: {error}") from error
    document = session.shown.get(0x9F61, b"").decode("ascii", "replace").strip()
    number = document if session.shown.get(0x9F62, _IDENTITY_CARD) == _IDENTITY_CARD else ""
    return Linked(number, session.shown.get(0x5A, b"").hex().upper().rstrip("F"))


class OwnData:
    """The second body's own data by person and by account, and the first body's feedback by ATR.

    Of an ATR the historical bytes count: they are the chip's own, and a contactless reader shows others around them.
    Raises MixedUp: the feedback says two things of one card.
    """

    def __init__(self, records: Iterable[CardRecord], feedback: Iterable[FeedbackRow] = ()) -> None:
        known = tuple(records)
        self._by_ssn = {record.paper.ssn: record for record in known}
        self._by_pan = {record.bank.pan: record for record in known if record.bank}
        self._feedback: dict[str, FeedbackRow] = {}
        for row in feedback:
            other = self._feedback.setdefault(_historical(row.atr), row)
            if row.atr and (other.ssn, other.bank_pan, other.result) != (row.ssn, row.bank_pan, row.result):
                raise MixedUp(f"the feedback file has two cards with ATR {row.atr}: {other.seq} and {row.seq}")

    @property
    def has_feedback(self) -> bool:
        """True if a feedback file was given."""
        return bool(self._feedback)

    def by_feedback(self, atr: bytes) -> Linked:
        """Way 2. Raises LinkError: not in the file, or reported as failed there."""
        row = self._feedback.get(_historical(atr.hex().upper()))
        if row is None:
            raise LinkError("NO_LINK", f"ATR {atr.hex().upper()} is not in the first body's feedback file")
        if row.result != "made":
            raise LinkError("NO_LINK", f"the first body reports this card as {row.result}")
        return Linked(row.ssn, row.bank_pan)

    def record(self, linked: Linked) -> CardRecord:
        """What this body has for the person. Raises LinkError."""
        person = self._by_ssn.get(linked.ssn) if linked.ssn else None
        holder = self._by_pan.get(linked.pan) if linked.pan else None
        if person and holder and person.seq != holder.seq:
            raise LinkError("NO_LINK", "the number is one person's and the account another's")
        found = person or holder
        if found is None:
            raise LinkError("NO_DATA", "the person on the card is not in this body's data")
        return found


def _historical(shown: str) -> str:
    """Of an ATR in hexadecimal; what is none stands for itself."""
    try:
        return answer_to_reset.parse(bytes.fromhex(shown)).historical.hex()
    except ValueError:
        return shown


class Linker:
    """How the second body finds out whose a card is: by reading it, by the first body's feedback, or both.

    ``side``: what this body makes, ``social`` or ``bank``; ``aid`` of the debit application.
    """

    def __init__(self, own: OwnData, side: str, aid: bytes, *, read_card: bool) -> None:
        self._own = own
        self._side = side
        self._aid = aid
        self._read_card = read_card

    def record(self, card: SmartCard) -> CardRecord:
        """What is to go onto a card, by its holder. Raises LinkError, MixedUp."""
        own, read = self._own, None
        if not (social_made(card) if self._side == "bank" else bank_made(card, self._aid)):
            raise LinkError("FIRST_SIDE_OPEN", "the first body has not finished its side")
        if self._read_card:
            try:
                read = read_social(card) if self._side == "bank" else read_bank(card, self._aid)
            except LinkError:
                if not own.has_feedback:
                    raise
        listed = own.by_feedback(card.atr) if own.has_feedback else None
        return own.record(agreed(read, listed))


def agreed(one: Linked | None, other: Linked | None) -> Linked:
    """The one way that works, or both if they name the same person. Raises MixedUp, LinkError.

    What one of them lacks, as the number of somebody without an identity card, is no difference.
    """
    known = [linked for linked in (one, other) if linked is not None and any(linked)]
    if not known:
        raise LinkError("NO_LINK", "neither the card nor a feedback file names the holder")
    if len(known) == 2 and any(mine != theirs for mine, theirs in zip(*known, strict=True) if mine and theirs):
        raise MixedUp("the card and the feedback file name different people: cards and files are mixed up")
    return Linked(*(next(filter(None, each), "") for each in zip(*known, strict=True)))
