"""What a terminal says without any cryptography of its own, right: scenes whose ways are the last thing it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.erring_terminal.bank_scenes import ARQC, TC, BankDesk
from tests.erring_terminal.certificate_scenes import PROFILE, CertificateDesk
from tests.erring_terminal.erring_issuer import offline_block
from tests.erring_terminal.explained_card import ExplainedCard, apdu
from tests.erring_terminal.making_scenes import NAME_GROUP, Bureau, open_channel
from tests.erring_terminal.mistake_case import Scene

PSE_NAME = "315041592E5359532E4444463031"
SSSE_NAME = "7378312E73682EC9E7BBE1B1A3D5CF"
Do = Callable[[Any], Any]
"""What is done last, by a desk at the card."""


DUAL = "dual-2.0-3des"


def _bank(name: str, before: Do, honest: Do, profile: str = "bank-only") -> Scene:
    def play(card: ExplainedCard, ways: Do) -> None:
        desk = BankDesk(card)
        before(desk)
        ways(desk)

    return Scene(f"{name}, {profile}", profile, play, honest)


def _nothing(_: Any) -> None:
    """From the reset on."""


def _selected(desk: BankDesk) -> None:
    desk.select()
    desk.read()


def send(command: str | bytes) -> Do:
    """One command as it stands."""
    return lambda desk: desk.card.send(command)


def verify(block: bytes) -> Do:
    return send(apdu("00200080", block))


def answered(desk: BankDesk) -> None:
    desk.ask()
    desk.answer()


def finished(desk: BankDesk) -> None:
    answered(desk)
    desk.generate(TC, b"00")


PIN = _bank("VERIFY", BankDesk.begin, verify(offline_block("1234")))
SELECT_APPLICATION = _bank("SELECT", _nothing, BankDesk.select, DUAL)
SELECT_DIRECTORY = _bank("SELECT PSE", _nothing, send(f"00A404000E{PSE_NAME}"), DUAL)
READ = _bank("READ RECORD", BankDesk.select, BankDesk.read)
READ_TWICE = _bank(
    "READ RECORD without length, then with it",
    BankDesk.select,
    lambda desk: (desk.card.send("00B2021C00"), desk.read()),
)
OPTIONS = _bank("GET PROCESSING OPTIONS", _selected, BankDesk.options, DUAL)
OPTIONS_EMPTY = _bank("GET PROCESSING OPTIONS without PDOL", _selected, BankDesk.options)
OPTIONS_FIRST = _bank("application, then options", _nothing, lambda desk: (_selected(desk), desk.options()), DUAL)
GENERATE = _bank("GENERATE AC", BankDesk.begin, lambda desk: desk.generate(ARQC))
GENERATE_UNASKED = _bank("options, then GENERATE AC", _selected, lambda desk: (desk.options(), desk.generate(ARQC)))
GENERATE_UNREAD = _bank(
    "lists read, then GENERATE AC",
    BankDesk.select,
    lambda desk: (desk.read(), desk.options(), desk.generate(ARQC)),
)
GENERATE_AGAIN = _bank("second GENERATE AC", answered, lambda desk: desk.generate(TC, b"00"))
ANSWER_ASKED = _bank("GENERATE AC, then the answer", BankDesk.begin, lambda desk: (desk.generate(ARQC), desk.answer()))
ANSWER_SENT = _bank("EXTERNAL AUTHENTICATE", BankDesk.ask, BankDesk.answer)
SCRIPT_SENT = _bank("script", BankDesk.ask, lambda desk: desk.script("841E0000"))
LIMIT_SENT = _bank("PUT DATA", BankDesk.ask, lambda desk: desk.script("04DA9F58", "05"))
FINISHED = _bank("a whole transaction", _nothing, finished)
SIGNED = _bank(
    "INTERNAL AUTHENTICATE", BankDesk.begin, lambda desk: desk.card.ok(apdu("00880000", desk.values["9F37"], 0))
)
SIGNED_UNASKED = _bank(
    "options, then INTERNAL AUTHENTICATE",
    _selected,
    lambda desk: (desk.options(), desk.card.ok("008800000411223344")),
)


def _made(name: str, before: Do, honest: Do) -> Scene:
    def play(card: ExplainedCard, ways: Do) -> None:
        bureau = Bureau(card)
        bureau.born()
        ways((bureau, before(bureau)))

    return Scene(name, "bank-only", play, honest, blank=True)


PROVED = _made("master key proved", _nothing, lambda at: at[0].prove({}, at[0].challenge()))
CREATED = _made("application made", _nothing, lambda at: at[0].application())
LOADED = _made("key loaded", Bureau.application, lambda at: at[0].write_key({}, "KENC", at[0].challenge()))
OPENED = _made("channel opened", Bureau.skeleton, lambda at: at[0].open({}))
STORED = _made("group stored", open_channel, lambda at: at[0].store(at[1], NAME_GROUP, {}))


def _certificates(name: str, honest: Do, before: Do = CertificateDesk.enter) -> Scene:
    def play(card: ExplainedCard, ways: Do) -> None:
        desk = CertificateDesk(card)
        before(desk)
        ways(desk)

    return Scene(name, PROFILE, play, honest)


def user_shown(desk: CertificateDesk) -> None:
    desk.show("user", random=desk.random())


def generated(desk: CertificateDesk) -> None:
    user_shown(desk)
    desk.card.ok("8040000008C0020012C2020013")


SHOWN = _certificates("PIN shown", user_shown)
ENTERED = _certificates("application, then PIN", lambda desk: (desk.enter(), user_shown(desk)), _nothing)
PAIR = _certificates("PIN, then key pair", generated)
HASHED = _certificates("SM3", send("80C4010305C10311223300"))


def imported(desk: CertificateDesk) -> None:
    desk.card.ok(apdu("804A0210", bytes.fromhex("C110B19F2C6D08E3457AD1C4960B7F5E2A83")))
    desk.card.ok(apdu("80C2C001", bytes.fromhex("C2020015CB20") + bytes(range(1, 33))))


IMPORTED = _certificates("session key, then private key", imported, lambda desk: (desk.enter(), user_shown(desk)))

SCENES = (
    PIN, SELECT_APPLICATION, SELECT_DIRECTORY, READ, READ_TWICE, OPTIONS, OPTIONS_EMPTY, OPTIONS_FIRST, GENERATE,
    GENERATE_UNASKED, GENERATE_UNREAD, GENERATE_AGAIN, ANSWER_ASKED, ANSWER_SENT, SCRIPT_SENT, LIMIT_SENT, FINISHED,
    SIGNED, SIGNED_UNASKED, PROVED, CREATED, LOADED, OPENED, STORED, SHOWN, ENTERED, PAIR, HASHED, IMPORTED,
)  # fmt: skip
