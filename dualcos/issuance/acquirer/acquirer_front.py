"""The acquirer's front (前置): every message of a terminal comes in here, and is demanded, step by step, to be one.

Of a terminal of the register, of a known kind with the fields of that kind, signed on, sealed with its key, and then
carried out by the desk of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import NamedTuple

from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_day import are_old
from dualcos.issuance.acquirer.acquirer_settings import USUAL_ACQUIRER, AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.batch_desk import BatchDesk
from dualcos.issuance.acquirer.download_desk import DownloadDesk
from dualcos.issuance.acquirer.payment_desk import PaymentDesk
from dualcos.issuance.acquirer.pos_answers import refusal_of
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.issuance.acquirer.reversal_desk import ReversalDesk
from dualcos.issuance.acquirer.sign_on_desk import SignOnDesk
from dualcos.issuance.acquirer.working_keys import WorkingKeys, keys_kept
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import AuthorisingIssuer
from dualcos.messages.pos_messages import PosMessage, pos_message
from dualcos.messages.pos_subfields import parted
from keys.key_handle import KeyHandle

SealedUnder = Callable[[KeyHandle], bool]
"""Whether the bytes that a message came in have the right MAC under a key."""
_SIGNING = ("sign-on", "sign-off", "echo")
_RESENT = ("reversal", "script report")
_MANAGED_MTIS = ("0800", "0820")
"""Of signing and of downloads: who asks need not be signed on."""
_BATCH_DIGITS = 6


class FrontRefusal(Exception):
    """The message is not carried out. ``code``: field 39; the words are for whoever watches, and have no secret."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class AcquirerMeans(NamedTuple):
    """``master``: the master key of a terminal by its number; ``zone``: of PIN blocks to the issuer; ``random``: gives
    so many random bytes; ``now``: YYYYMMDDhhmmss in Beijing.
    """

    master: Callable[[str], KeyHandle]
    zone: KeyHandle
    random: Callable[[int], bytes]
    now: Callable[[], str]


class AnsweredByFront(NamedTuple):
    """``why``: what was wrong with the message, for whoever watches; empty if nothing. ``proven``: it had the right
    MAC. An answer to anything else is not to be sealed: who has no key would get the MAC of what he likes.
    """

    message: AcquirerMessage
    why: str = ""
    proven: bool = False


class AcquirerFront:
    """An acquirer in front of one issuer. Any thread may ask; one message is carried out after the other."""

    def __init__(
        self,
        issuer: AuthorisingIssuer,
        books: AcquirerBooks,
        means: AcquirerMeans,
        settings: AcquirerSettings = USUAL_ACQUIRER,
    ) -> None:
        self._books = books
        self._means = means
        self._settings = settings
        self._signing = SignOnDesk(books, settings, means.master, means.random)
        self._payments = PaymentDesk(issuer, books, settings, means.zone)
        self._resent = ReversalDesk(issuer, books, settings)
        self._batches = BatchDesk(books)
        self._downloads = DownloadDesk(settings)
        self._one_at_a_time = RLock()

    def answer(self, message: AcquirerMessage, sealed: SealedUnder) -> AnsweredByFront:
        """The answer; what it does to the journal is on disk. Raises BooksError, and whatever the issuer does: then
        nobody knows, and no answer goes out.
        """
        with self._one_at_a_time:
            now, proven = self._means.now(), False
            try:
                asked = self._known(message, now)
                proven = self._proven(asked, sealed)
                _demand_fields(asked)
                return AnsweredByFront(self._carried_out(asked), proven=proven)
            except FrontRefusal as refusal:
                return AnsweredByFront(refusal_of(message, refusal.code, now), str(refusal), proven)

    def mac_key(self, terminal: str) -> KeyHandle | None:
        """With what messages of this terminal are sealed; None while it is not signed on, or is none of ours."""
        with self._one_at_a_time:
            found = self._books.terminal(terminal)
            keys = None if found is None else self._keys(found, self._means.now())
            return None if keys is None else keys.mac

    def register(self, terminal: RegisteredTerminal) -> None:
        """The terminal is in the register, as it stands there already if it does."""
        with self._one_at_a_time, self._books.transaction():
            if self._books.terminal(terminal.number) is None:
                self._books.keep_terminal(terminal)

    def _known(self, message: AcquirerMessage, now: str) -> AskedOfAcquirer:
        kind = pos_message(message)
        if kind is None or message.mti != kind.mti:
            raise FrontRefusal("12", f"{message.mti}: no message of terminals with this field 3 and 60")
        parts = parted(60, message.text(60))
        terminal = self._terminal(message, kind, parts.get("batch", ""))
        return AskedOfAcquirer(message, kind, terminal, parts, now, self._keys(terminal, now))

    def _terminal(self, message: AcquirerMessage, kind: PosMessage, batch: str) -> RegisteredTerminal:
        number, merchant = message.text(41), message.text(42)
        found = self._books.terminal(number)
        if found is None and self._settings.anyone and kind.name == "sign-on" and number and merchant:
            found = RegisteredTerminal(number=number, merchant=merchant)
            if batch.strip("0"):
                found = RegisteredTerminal(number=number, merchant=merchant, batch=batch)
        if found is None:
            raise FrontRefusal("97", "the terminal is in no register")
        if found.merchant != merchant:
            raise FrontRefusal("03", "the terminal is another merchant's")
        return found

    def _keys(self, terminal: RegisteredTerminal, now: str) -> WorkingKeys | None:
        """None unless it is signed on, with keys that are still good."""
        if not terminal.signed_on or are_old(self._settings, terminal.keys_made, now):
            return None
        return keys_kept(self._means.master(terminal.number), terminal.keys)

    def _proven(self, asked: AskedOfAcquirer, sealed: SealedUnder) -> bool:
        """True if it has the right MAC, False if its kind has none."""
        if asked.kind.mti in _MANAGED_MTIS:
            return False
        if asked.keys is None:
            raise FrontRefusal("99", "not signed on, or too long ago")
        if not asked.kind.sealed:
            return False
        if not sealed(asked.keys.mac):
            raise FrontRefusal("A0", "the MAC is wrong, or missing")
        return True

    def _carried_out(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        kind = asked.kind
        if kind.name in _SIGNING:
            return self._signing.answer(asked)
        if kind.business is not None:
            return self._payments.answer(asked)
        if kind.name in _RESENT:
            return self._resent.answer(asked)
        if kind.mti in _MANAGED_MTIS:
            return self._downloads.answer(asked)
        return self._batches.answer(asked)


def _demand_fields(asked: AskedOfAcquirer) -> None:
    """Those of its kind; only behind its MAC."""
    if wrong := asked.kind.wrong_fields(asked.message):
        raise FrontRefusal("30", wrong)
    if len(asked.parts.get("batch", "")) != _BATCH_DIGITS:
        raise FrontRefusal("30", "field 60: a batch has six digits")
    kind = asked.kind
    said = asked.message.text(25), asked.parts.get("network", kind.network)
    if kind.business is not None and said != (kind.condition, kind.network):
        raise FrontRefusal("12", "field 25 or 60.3 is another message's")
