"""Fifty sessions of terminals with cards of many kinds, each recorded as the command line records it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from apdu.link import SmartCard
from cos.card import Card, Snapshot
from dualcos.dialogue.driver import perform
from dualcos.dialogue.pki import MANAGER, USER
from dualcos.explain import RawRecord, TracedCard
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import RecordedTrace, header, read, written
from dualcos.lab.recorder.draft_step import NamedCard
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import Profile, load
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer
from tests.dualcos.explain import bank_host_scenes as bank
from tests.dualcos.explain import honest_dialogues as social

SEED = "7"
SSSE, DF03, DF04 = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A4000002DF03", "00A4000002DF04"
BANK = "00A4040007A0000003330101"
TERMINAL = "000000012345000000000000015600000480000156261124003F7C21A9143052" + b"TEST SHOP".ljust(20).hex()
"""9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 9F21 9F4E, as the profile's CDOL1 asks."""
OPTIONS, ARQC, TC, AAC = "80A800000B8309000000000123450156", "80AE8000", "80AE4000", "80AE0000"
VERIFY, CHANGE, BANK_VERIFY = "0020000003", "805E010007", "0020008008"
PIN, OTHER_PIN = "123456", "271828"
Terminal = Callable[[SmartCard, Profile], object]


class RecordedSession(NamedTuple):
    """What a terminal does to the card of ``profile``. ``unsafe``: the record keeps secrets; ``cut_at``: power is taken
    at that programmed byte.
    """

    name: str
    profile: str
    terminal: Terminal
    settings: tuple[str, ...] = ()
    unsafe: bool = False
    cut_at: int | None = None


def says(*words: str) -> Terminal:
    """A terminal of fixed words: commands in hex, `warm`, `cold`, `off`. What waits behind 61xx is fetched, what has
    another length is asked for again.
    """

    def talk(card: SmartCard, _profile: Profile) -> None:
        for word in words:
            if word == "off":
                card.power_off()
            elif word in ("warm", "cold"):
                _ = card.reset() if word == "warm" else card.power_on()
            else:
                transmitted(card, bytes.fromhex(word))

    return talk


def transmitted(card: SmartCard, command: bytes) -> bytes:
    answer = card.exchange(command)
    if answer[-2] == 0x6C:
        answer = card.exchange(command[:4] + answer[-1:])
    while answer[-2] == 0x61:
        answer = card.exchange(b"\x00\xc0\x00\x00" + answer[-1:])
    return answer


def holds(dialogue: Callable[[Profile], Any]) -> Terminal:
    """A host that computes."""
    return lambda card, profile: perform(card, dialogue(profile))


def surprised(*words: str) -> Terminal:
    """A terminal whose card loses power at some word, and is switched on again behind it."""

    def talk(card: SmartCard, profile: Profile) -> None:
        for word in words:
            try:
                says(word)(card, profile)
            except PowerLoss:
                card.power_on()

    return talk


def _dialogues() -> tuple[RecordedSession, ...]:
    """Those of the tests of findings: external authentications, secured updates, loads, settlements, PSAMs, issuers'
    scripts, certificate PINs. The keys and new PINs that some bring are kept in an unsafe record only.
    """
    unsafe = {social.RELOAD, social.RELOAD_SM4, *social.CHANGED}
    known = [
        RecordedSession(each.name, each.profile, holds(each.dialogue), each.settings, unsafe=each in unsafe)
        for each in social.SCENES
    ]
    issued = [each for each in bank.SCENES if not each.made and each.profile != "pboc-sm" and "PIN" not in each.name]
    known += [RecordedSession(each.name, each.profile, holds(each.dialogue)) for each in issued]
    return tuple(known)


def _rest() -> tuple[RecordedSession, ...]:
    read = (SSSE, "00A4020002EF05", "00B2010000", "00B2020400", "00A4020002EF06", "00B2090020", "00B2090000")
    pay = (BANK, OPTIONS, BANK_VERIFY + "241234FFFFFFFFFF")
    first, second = f"{ARQC}34{TERMINAL}", f"{AAC}1F5A33{TERMINAL[:58]}"
    return (
        RecordedSession("social reads", "social-1.0", says(*read)),
        RecordedSession("social reads, 2.0", "social-2.0", says(*read)),
        RecordedSession("reads refused", "social-3.0", says(*read)),
        RecordedSession("T=0 as the letter says", "social-2.0", says(*read), ("chip.transmission.case4=direct",)),
        RecordedSession("PIN", "social-2.0", says(SSSE, "00200000", VERIFY + PIN, "00200000")),
        RecordedSession("PIN, wrong first", "dual-2.0-3des", says(SSSE, VERIFY + OTHER_PIN, VERIFY + PIN)),
        RecordedSession("PIN locked", "social-3.0", says(SSSE, *[VERIFY + OTHER_PIN] * 4, VERIFY + PIN)),
        RecordedSession("PIN change", "social-2.0", says(SSSE, CHANGE + PIN + "FF" + OTHER_PIN, VERIFY + OTHER_PIN)),
        RecordedSession(
            "PIN change and back",
            "dual-3.0-sm4",
            says(
                SSSE, CHANGE + PIN + "FF" + OTHER_PIN, VERIFY + OTHER_PIN, CHANGE + OTHER_PIN + "FF" + PIN, VERIFY + PIN
            ),
        ),
        RecordedSession("PIN change refused", "social-2.0", says(SSSE, CHANGE + OTHER_PIN + "FF" + PIN, VERIFY + PIN)),
        RecordedSession(
            "resets midway", "dual-2.0-3des", says(*[SSSE, "0084000008", "warm"] * 2, "cold", "0084000008")
        ),
        RecordedSession(
            "taken out and put in", "social-2.0", says(SSSE, VERIFY + PIN, "off", "cold", SSSE, "0084000004")
        ),
        RecordedSession(
            "refusals",
            "dual-2.0-3des",
            says("00A4000002FFFF", SSSE, "00B2FF0400", "00FF0000", "A0B00000", "00", "0082000A0400000000"),
            unsafe=True,
        ),
        RecordedSession("garbage", "bank-only", says("01", "FFFFFFFF", "00A40400FF01", "8000000000"), unsafe=True),
        RecordedSession("ARQC, declined", "dual-2.0-3des", says(*pay, first, second)),
        RecordedSession("ARQC, no PIN", "bank-only", says(BANK, OPTIONS, first)),
        RecordedSession("TC asked", "bank-pinless", says(BANK, OPTIONS, f"{TC}34{TERMINAL}")),
        RecordedSession("AAC", "bank-only", says(BANK, OPTIONS, f"{AAC}34{TERMINAL}")),
        RecordedSession(
            "bank PIN wrong",
            "bank-only",
            says(BANK, OPTIONS, BANK_VERIFY + "249999FFFFFFFFFF", BANK_VERIFY + "241234FFFFFFFFFF"),
        ),
        RecordedSession(
            "bank records",
            "bank-sda",
            says(BANK, OPTIONS, "00B2010C00", "00B2011400", "00B2021C00", "80CA9F3600", "80CA9F1700"),
        ),
        RecordedSession("DDA", "bank-dda", says(BANK, OPTIONS, "00880000043F7C21A9")),
        RecordedSession(
            "directory of the bank", "bank-dual-currency", says("00A404000E315041592E5359532E4444463031", "00B2010C00")
        ),
        RecordedSession("blank chip", "blank", says("0084000008", "00A40000023F00", SSSE)),
        RecordedSession(
            "challenges", "psam-mixed-tiers", says("0084000004", "00A40000023F00", "0084000008", "0084000010")
        ),
        RecordedSession("PKI user PIN", "social-3.0-pki", holds(lambda p: bank.pin_shown(p, USER))),
        RecordedSession("PKI manager PIN", "social-3.0-pki", holds(lambda p: bank.pin_shown(p, MANAGER))),
        RecordedSession("PKI manager PIN changed", "social-3.0-pki", holds(bank.manager_pin_changed), unsafe=True),
        RecordedSession("issuer changes the PIN", "bank-only", holds(bank.new_pin), unsafe=True),
        RecordedSession("another holder", "dual-2.0-3des", says(*read), ("holder=one-character-name",)),
        RecordedSession(
            "another number of tries", "social-2.0", says(SSSE, VERIFY + OTHER_PIN, VERIFY + PIN), ("ssse.pin_tries=5",)
        ),
        RecordedSession("power cut", "social-2.0", surprised(SSSE, VERIFY + OTHER_PIN, SSSE, "00200000"), cut_at=3),
    )


SESSIONS = (*_dialogues(), *_rest())


class _Issued(NamedTuple):
    card: Card
    events: TraceBuffer
    first: Snapshot


@cache
def _issued(profile: str, settings: tuple[str, ...]) -> _Issued:
    """The card, made once: as `dualcos record session --seed 7` has it."""
    events = TraceBuffer()
    card = personalised_card(load(profile, settings=settings), SEED, trace=events)
    return _Issued(card, events, card.snapshot())


def card_as_issued(session: RecordedSession) -> Card:
    """Its card before anything passed."""
    card, events, first = _issued(session.profile, session.settings)
    card.restore(first)
    events.take()
    return card


@cache
def record_of(session: RecordedSession) -> RecordedTrace:
    """The record, written and read back."""
    return read(text_of(session))


@cache
def text_of(session: RecordedSession) -> tuple[str, ...]:
    """The record's lines."""
    card, events = card_as_issued(session), _issued(session.profile, session.settings).events
    about = {"card": session.profile, "seed": SEED, "set": list(session.settings)}
    lines = header(about, unsafe=session.unsafe).split("\n")
    masking = SecretMasking()

    def keep(record: RawRecord) -> None:
        masked = masking.masked(record)
        kept = record if session.unsafe else masked
        secret = session.unsafe and masked is not record
        lines.append(written(kept, len(lines), secret=secret).decode())

    traced = TracedCard(card, events, keep)
    card.rail.cut_after(session.cut_at)
    traced.power_on()
    session.terminal(traced, load(session.profile, settings=session.settings))
    card.rail.cut_after(None)
    return tuple(lines)


def card_of(session: RecordedSession) -> NamedCard:
    """As which card the record names it."""
    plain, profile = load(session.profile), load(session.profile, settings=session.settings)
    return NamedCard(session.profile, plain, profile, SEED, session.cut_at)
