"""One process's bench: the parties' services, and the making of one card after the other.

A job carries data and numbers, never keys: every worker opens the stores itself. A card file appears under its
final name only when the card passed its check; until then it is ``….part`` or not there at all.

What is wrong with a file or a disk costs no chip: the card is then unfinished, and its row keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from errno import EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

from apdu import atr
from apdu.link import SmartCard
from apdu.status import SW
from cos.card import Card
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.item_encoding import EncodingError
from dualcos.cardfile.card_file_format import KEYS, NOT_MARKED, TEST, CardFileError, CardNotKept
from dualcos.cardfile.card_in_file import keep_card, open_card, say_of, write_card
from dualcos.dialogue.driver import StepRefused, perform_anew, send
from dualcos.dialogue.making import SELECT_MF
from dualcos.dialogue.personalise_bank import BankOrder
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.explain.keys_made_with import invented
from dualcos.explain.refused_steps import last_refusal, reason_line
from dualcos.issuance.exchange.order_services import KeyServiceError, OpensParties
from dualcos.issuance.exchange.personalisation_file import CardRecord
from dualcos.issuance.personaliser.check_after_making import (
    NotRight,
    check_bank,
    check_master_key_is_powerless,
    check_social,
)
from dualcos.issuance.personaliser.hashed_traffic import Logged
from dualcos.issuance.personaliser.making_steps import AlreadyMade, OtherChip, bank_step, initialise, social_step
from dualcos.issuance.personaliser.unfinished_card_files import (
    PART,
    SERIAL_LENGTH,
    give_back,
    historical_bytes,
    move,
    part_of,
)
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer
from keys.algorithms import BadBlocks, BadKey
from keys.bank_cryptography import BadPinBlock
from keys.card_key_store import KeyNotFound

Mode = Literal["central", "chips", "social", "bank"]
Verdict = Literal["made", "rejected", "spoiled", "unfinished"]

_DATA_FAULTS = (KeyServiceError, EncodingError, KeyNotFound, BadKey, BadBlocks, BadPinBlock)
_CARD_FAULTS = (StepRefused, NotRight)
FILE, DISK = "file", "disk"
"""Stages of an unfinished card: its own file cannot be used; no card's file can be written."""
_OF_ONE_FILE = frozenset((ENOENT, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG))
_NO_MAKER = "a blank chip needs the card maker's key store"


class CardLost(Exception):
    """The card in a reader does not answer any more: taken out, or without power. It can be taken up again."""


class WorkshopSetting(NamedTuple):
    """What all cards of a batch have in common. Hashable, and free of secrets: it goes to every worker.

    ``parties``: where the orders come from. ``durable``: every command is on disk before the next, so that even a
    card killed half-way can be taken up. ``synthetic``: the people are invented, or there are none yet.
    """

    parties: OpensParties
    cards: str
    mode: Mode = "central"
    durable: bool = False
    check: bool = True
    synthetic: bool = False


class Job(NamedTuple):
    """One card to make. ``serial`` TA to TD of the ATR; ``card`` a card file that exists already (stepwise)."""

    record: CardRecord
    serial: int
    rsa: int | None = None
    card: str = ""
    resuming: bool = False


class JobOutcome(NamedTuple):
    """What became of it. ``stage``: ``card``, ``social``, ``bank`` or ``check``, where it failed; ``file`` or ``disk``.

    ``unfinished``: pulled out of a reader, or its file could not be read or written; the row keeps the chip, which is
    taken up by the next run.
    """

    seq: int
    serial: int
    verdict: Verdict
    stage: str = ""
    reason: str = ""
    atr: str = ""
    ident: str = ""
    key_data: str = ""
    commands: int = 0
    log_hash: str = ""
    seconds: float = 0.0


class Workshop:
    """The services of the parties a setting has keys of. Raises KeyFileError, NotYours, KeyServiceError."""

    def __init__(self, setting: WorkshopSetting) -> None:
        self.setting = setting
        parties = setting.parties.open()
        self.kind, self.maker, self.social, self.bank = parties[:4]
        self._test = setting.synthetic and parties.invented

    @property
    def rsa_keys(self) -> int:
        """How many RSA keys there are for cards; 0 if they get none. Raises KeyServiceError (wanted, none there)."""
        return self.bank.rsa_keys if self.bank is not None else 0

    def make(self, job: Job) -> JobOutcome:
        """One card, from what the setting's mode starts with to a checked card file. Never raises for one card."""
        return self._told(job, lambda at: self._make(job, at), taken_up=bool(job.card))

    def make_in_reader(self, job: Job, card: SmartCard) -> JobOutcome:
        """The same on a card in a reader's contacts, which is its own memory. Never raises for one card."""
        return self._told(job, lambda at: self._make_in_reader(job, card, at), taken_up=False)

    def _told(self, job: Job, making: Callable[[_At], JobOutcome], *, taken_up: bool) -> JobOutcome:
        """What became of a card, whatever happened to it."""
        started = time.perf_counter()
        at = _At()
        failed = partial(_failed, job, at)
        try:
            outcome = making(at)
        except AlreadyMade as error:
            if taken_up:
                with suppress(CardFileError, OSError):  # it is safe under its other name, too
                    give_back(Path(job.card))
            outcome = failed("rejected", f"ALREADY_MADE: {error}")
        except _DATA_FAULTS as error:
            # Nothing is amiss with the row's data once the card has begun: then the chip is spent.
            outcome = failed("spoiled" if at.logged and at.logged.commands else "rejected", str(error))
        except CardNotKept as error:
            at.stage = DISK
            outcome = failed("unfinished", str(error))
        except CardFileError as error:
            at.stage = FILE
            outcome = failed("unfinished", f"{error}; {or_write_off(job.serial)}")
        except OSError as error:
            at.stage = FILE if error.errno in _OF_ONE_FILE else DISK
            why = f"{error.filename or self.setting.cards}: {error.strerror or error}"
            outcome = failed("unfinished", f"{why}; {or_write_off(job.serial)}" if at.stage == FILE else why)
        except OtherChip as error:
            at.stage = FILE if at.logged is None else at.stage
            outcome = failed("unfinished", f"{error}; {or_write_off(job.serial)}")
        except _CARD_FAULTS as error:
            outcome = failed("spoiled", at.told(error))
        except CardLost as error:
            outcome = failed("unfinished", str(error))
        except PowerLoss:
            outcome = failed("spoiled", "power was lost")
        return outcome._replace(seconds=time.perf_counter() - started)

    def _make(self, job: Job, at: _At) -> JobOutcome:
        historical = self._historical(job)
        orders = self._orders(job, historical, at)
        final = Path(job.card) if job.card else Path(self.setting.cards) / f"{job.serial:08X}.card"
        card, resuming, path = self._card(job, final, historical, at.events)
        try:
            if not self._test:
                say_of(card, NOT_MARKED)  # before the first key is on it
            logged = at.logged = Logged(card)
            self._write(logged, historical, orders, at, resuming=resuming)
            self._check(card, historical, orders, at, job)
            card.power_off()
            if card.provenance.get(KEYS) == TEST:
                say_of(card, invented(self.kind.template, card.dump()))
            if path is None:
                path = part_of(final)
                path.unlink(missing_ok=True)
                write_card(card, path)
        finally:
            card.close()
        if path != final:
            move(path, final)
        return _made(job, logged, orders)

    def _make_in_reader(self, job: Job, card: SmartCard, at: _At) -> JobOutcome:
        historical = self._new_historical(job) if self.births else atr.parse(card.atr).historical
        orders = self._orders(job, historical, at)
        logged = at.logged = Logged(card)
        self._write(logged, historical, orders, at, resuming=job.resuming)
        self._check(card, historical, orders, at, job)
        return _made(job, logged, orders)

    @property
    def births(self) -> bool:
        """True if this setting's cards begin as blank chips."""
        return self.setting.mode in ("central", "chips")

    def _write(self, card: SmartCard, historical: bytes, orders: _Orders, at: _At, *, resuming: bool) -> None:
        """The script of one card, whatever the card is in."""
        social, bank = orders
        if self.maker is not None and self.births:
            at.stage = "card"
            initialise(card, self.maker.order(historical), resuming=resuming)
        if social is not None:
            at.stage = "social"
            social_step(card, social, resuming=resuming)
        if bank is not None:
            at.stage = "bank"
            bank_step(card, bank, resuming=resuming)

    def _check(self, card: SmartCard, historical: bytes, orders: _Orders, at: _At, job: Job) -> None:
        """The check behind it, with commands that leave nothing behind."""
        at.stage = "check"
        if self.setting.check:
            _check(card, orders.social, orders.bank, job.record)
            if self.maker is not None:
                check_master_key_is_powerless(card, self.maker.order(historical).final_card_master)

    def _historical(self, job: Job) -> bytes:
        """The chip's historical bytes: its own if it exists, else the template's with city and serial number."""
        if job.card:
            path = Path(job.card)
            found = historical_bytes(path if path.exists() else part_of(path))
            if found[-SERIAL_LENGTH:] != job.serial.to_bytes(SERIAL_LENGTH, "big"):
                raise OtherChip(f"{path} is chip {found[-SERIAL_LENGTH:].hex().upper()} now")
            return found
        return self._new_historical(job)

    def _new_historical(self, job: Job) -> bytes:
        if self.maker is None:
            raise KeyServiceError(_NO_MAKER)
        return self.maker.historical(job.record.social.city if job.record.social else "", job.serial)

    def _orders(self, job: Job, historical: bytes, at: _At) -> _Orders:
        """Both orders before the first command: a row that cannot be made must not cost a chip."""
        social = bank = None
        if job.record.social is not None and self.setting.mode in ("central", "social"):
            at.stage = "social"
            if self.social is None:
                raise KeyServiceError("the row has social data, and no key store of the bureau was given")
            social = self.social.order(job.record.social, historical)
        if job.record.bank is not None and self.setting.mode in ("central", "bank"):
            at.stage = "bank"
            if self.bank is None:
                raise KeyServiceError("the row has bank data, and no key store of the bank was given")
            bank = self.bank.order(job.record.bank, historical, job.rsa)
        return _Orders(social, bank)

    def _card(self, job: Job, final: Path, historical: bytes, events: TraceBuffer) -> tuple[Card, bool, Path | None]:
        """The card to work on, whether it may be half made, and the file it lives in, if in one already."""
        part = part_of(final)
        if job.card:
            return self._given(final, part, events, resuming=job.resuming)
        if final.exists():
            return _own(final, historical, events), True, final
        if self.setting.durable and part.exists():
            return _own(part, historical, events), True, part
        card = self._blank(job, events)
        card.provenance = invented(self.kind.template, {}) if self._test else NOT_MARKED
        if self.setting.durable:
            keep_card(card, part)
            return card, False, part
        return card, False, None

    def _given(self, final: Path, part: Path, events: TraceBuffer, *, resuming: bool) -> tuple[Card, bool, Path | None]:
        """A card another party worked on: in memory until it is finished, or on disk command by command."""
        if not final.exists():
            return open_card(part, trace=events), True, part
        if not self.setting.durable:
            return open_card(final, trace=events, detached=True), resuming, None
        move(final, part)  # Until it passed its check it must not look like a card to deliver.
        return open_card(part, trace=events), resuming, part

    def _blank(self, job: Job, events: TraceBuffer | None = None) -> Card:
        if self.maker is None:
            raise KeyServiceError(_NO_MAKER)
        return self.maker.blank_chip(job.serial, events)


def or_write_off(serial: int) -> str:
    """What else can be done about a chip that was begun and cannot be used."""
    return f"mend that, or give --write-off {serial:08X} and the row gets another chip"


def _own(path: Path, historical: bytes, events: TraceBuffer) -> Card:
    """The card that an earlier run left in a file of its name. Raises OtherChip, untouched, if it is another one."""
    card = open_card(path, trace=events)
    blank = perform_anew(card, send(SELECT_MF)).sw == SW.FILE_NOT_FOUND
    found = atr.parse(card.atr).historical
    card.power_off()
    # What has its final name has passed its check; a chip on its way gets its number with its first commands.
    if found == historical or (blank and path.name.endswith(PART)):
        return card
    card.close()
    raise OtherChip(f"{path} is {'a blank chip' if blank else f'chip {found[-SERIAL_LENGTH:].hex().upper()}'}")


class _Orders(NamedTuple):
    """What each side has to do to one card."""

    social: SocialOrder | None
    bank: BankOrder | None


class _At:
    """Where in the making of a card we are, for the report."""

    __slots__ = ("events", "logged", "stage")

    def __init__(self) -> None:
        self.stage = "card"
        self.logged: Logged | None = None
        self.events = TraceBuffer()

    def told(self, error: Exception) -> str:
        """What went wrong; if a card in this process refused, with its own reason (one in a reader keeps it)."""
        reason = last_refusal(self.events.take(), error.sw) if isinstance(error, StepRefused) else None
        return f"{error}; {reason_line(reason)}" if reason is not None else str(error)


def _made(job: Job, logged: Logged, orders: _Orders) -> JobOutcome:
    return JobOutcome(
        job.record.seq,
        job.serial,
        "made",
        atr=logged.atr.hex().upper(),
        ident=_ident(orders.social),
        key_data=orders.bank.key_data.hex().upper() if orders.bank else "",
        commands=logged.commands,
        log_hash=logged.digest,
    )


def _failed(job: Job, at: _At, verdict: Verdict, reason: str) -> JobOutcome:
    commands = at.logged.commands if at.logged else 0
    return JobOutcome(job.record.seq, job.serial, verdict, at.stage, reason, commands=commands)


def _check(card: SmartCard, social: SocialOrder | None, bank: BankOrder | None, record: CardRecord) -> None:
    if social is not None:
        check_social(card, social)
    if bank is not None and record.bank is not None:
        check_bank(card, bank, record.bank)


def _ident(social: SocialOrder | None) -> str:
    """The identification code that is on the card."""
    return social.contents[ssse_holder.FID, ssse_holder.EF05.fid][0][2:].hex().upper() if social else ""


@lru_cache(maxsize=4)
def workshop(setting: WorkshopSetting) -> Workshop:
    """The process's workshop for a setting: stores are opened once."""
    return Workshop(setting)


def work(setting: WorkshopSetting, job: Job) -> JobOutcome:
    """The one function that runs on every worker, on this machine or another."""
    return workshop(setting).make(job)
