"""Mistakes that need no cryptography: what the wire shows of a command that a card does not take.

PIN forms, classes, parameters and lengths that are not taken, steps left out
(SSC-5 §6, §7; SSC-7 §5, §11, §12; SSC-9 §9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard, apdu
from tests.erring_terminal.mistake_case import ANY, Expected, MistakeCase, Scene
from tests.erring_terminal.second_medical_host import MedicalHost
from tests.erring_terminal.second_social_host import SELECT_SSSE, SocialHost, pin_bytes

Step = str | Callable[[ExplainedCard], object]
USER, USER3, DUAL, PSAM = "social-2.0", "social-3.0", "dual-2.0-3des", "psam-3des"
DF04 = "00A4040006D15600000503"
KEY_CARD = "00A4040006D15600000590"
VERIFY = "0020000003123456"
CHALLENGE = "0084000008"
OTHER_PIN = "4711"


def wire(
    name: str,
    finding: str,
    sw: int,
    wrong: Step,
    right: Step = CHALLENGE,
    *before: Step,
    profile: str = USER,
    next_step: str = "",
    expected: Any = ANY,
    received: Any = ANY,
    certainty: str = "",
    among: bool = False,
) -> MistakeCase:
    """Steps that are taken, then ``wrong`` where ``right`` would be taken."""

    def play(card: ExplainedCard, last: Step) -> None:
        card.pins.add(OTHER_PIN)
        for step in before:
            if isinstance(step, str):
                card.ok(step)
            else:
                step(card)
        if isinstance(last, str):
            card.send(last)
        else:
            last(card)

    scene = Scene(f"{profile}-{name}", profile, play, right)
    return MistakeCase(
        f"wire {scene.name}", scene, wrong, sw, finding, certainty,
        lambda _: Expected(right=expected, wrong=received, next_step=next_step), seen=False, among=among,
    )  # fmt: skip


def proved(*keys: str, directory: str = "SSSE", pin: bool = False) -> Callable[[ExplainedCard], SocialHost]:
    """The directory, with these keys proved, and the holder's PIN before if that is wanted."""

    def step(card: ExplainedCard) -> SocialHost:
        host = SocialHost(card)
        host.select()
        if pin:
            card.ok(VERIFY)
        host.select(directory)
        for key in keys:
            assert host.prove(key) == 0x9000
        return host

    return step


def _pins() -> Iterator[MistakeCase]:
    def verify(name: str, finding: str, data: str, sw: int = 0x63C2, **more: Any) -> MistakeCase:
        return wire(
            f"PIN {name}", finding, sw, apdu("00200000", bytes.fromhex(data)).hex(), VERIFY, SELECT_SSSE, **more
        )

    yield verify("in ASCII", "pin.ascii", "313233343536")
    yield verify("in ASCII at 3.0", "pin.ascii", "313233343536", profile=USER3)
    yield verify("a digit a byte", "pin.bcd", "010203040506")
    yield verify("as the bank's block", "pin.block-of-bank", "26123456FFFFFFFF")
    yield verify("as the bank's block in a dual card", "pin.block-of-bank", "26123456FFFFFFFF", profile=DUAL)
    yield verify("filled with F up to eight bytes", "pin.filled", "123456FFFFFFFFFF")
    yield verify("of another holder", "pin.digits", "471108")
    yield wire(
        "old and new PIN without FF between", "pin.no-separator", 0x6A80, "805E0100051234564711",
        "805E010006123456FF4711", SELECT_SSSE,
    )  # fmt: skip
    yield verify("of one byte", "pin.length", "12", 0x6700, among=True)
    yield verify("of nine bytes", "pin.length", "123456789012345678", 0x6700, among=True)
    yield verify("of sixteen characters", "pin.ascii", "31" * 16, 0x6700, among=True)
    old, new = b"123456", OTHER_PIN.encode()
    yield wire(
        "old and new PIN in ASCII", "pin.ascii", 0x63C2, apdu("805E0100", old + b"\xff" + new).hex(),
        apdu("805E0100", pin_bytes("123456") + b"\xff" + pin_bytes(OTHER_PIN)).hex(), SELECT_SSSE,
    )  # fmt: skip


BEGINNINGS = "P1 00 P2 01 (INITIALIZE FOR LOAD); P1 01 P2 01 (INITIALIZE FOR PURCHASE)"
_WORDS = {"class": 0x6E00, "p1-p2": 0x6A86, "length": 0x6700, "le": 0x6700}


def _came(what: str, command: str) -> bytes | int:
    """What of a command is not taken."""
    raw = bytes.fromhex(command)
    return {"class": raw[:1], "p1-p2": raw[2:4], "length": raw[4], "le": raw[-1:]}[what]


def _taken() -> Iterator[MistakeCase]:
    def row(name: str, what: str, taken: str, wrong: str, right: Step, *before: Step, **more: Any) -> MistakeCase:
        return wire(
            name, f"taken.{what}", _WORDS[what], wrong, right, *(before or (SELECT_SSSE,)), expected=taken,
            received=_came(what, wrong), **more,
        )  # fmt: skip

    medical = (SELECT_SSSE, VERIFY, DF04)
    load, purchase = "B02800010B01000003E8990000000001", "B02801011301000000000000000100000001990000000001"
    numbers, change = "0088000010" + "5A" * 16, "805E010006123456FF4711"
    yield row("READ RECORD of class 80", "class", "00", "80B2093020", "00B2093020")
    yield row("VERIFY of class 80", "class", "00", "8020000003123456", VERIFY)
    yield row("GET CHALLENGE of class 80", "class", "00", "8084000008", CHALLENGE)
    yield row("CHANGE PIN of class 00", "class", "80", "005E010006123456FF4711", change)
    yield row("GET BALANCE of class 80", "class", "B0", "8026000104", "B026000104", *medical)
    secured = "84DC0A30070A013100000000"
    yield row("UPDATE RECORD of class 84", "class", "00, 04", secured, "00DC0A30030A0131", proved("UKSSSE"))
    yield row("VERIFY with P2 01", "p1-p2", "P1 00 P2 00", "0020000103123456", VERIFY)
    yield row("GET CHALLENGE with P1 01", "p1-p2", "P1 00 P2 00", "0084010008", CHALLENGE)
    yield row("CHANGE PIN as the bank's reload", "p1-p2", "P1 01 P2 00", "805E000006123456FF4711", change)
    yield row("GET BALANCE of a fourth", "p1-p2", "P1 00 P2 01..03", "B026000404", "B026000104", *medical)
    yield row("load of another kind", "p1-p2", BEGINNINGS, "B02800020B01000003E8990000000001", load, *medical)
    yield row("INTERNAL AUTHENTICATION with KID", "p1-p2", "P1 00 P2 00", "0088000A10" + "5A" * 16, numbers)
    yield row("proof without original", "length", "16..17", "0082000A08" + "5A" * 8, CHALLENGE, SELECT_SSSE, CHALLENGE)
    yield row("INTERNAL AUTHENTICATION with one number", "length", "16..17", "0088000008" + "5A" * 8, numbers)
    yield row("purchase begun as a load", "length", "19", "B02801010B01000003E8990000000001", purchase, *medical)
    yield row("terminal number of five bytes", "length", "11", "B02800010A01000003E89900000001", load, *medical)
    yield row("INTERNAL AUTHENTICATION with two bytes more", "length", "16..17", "0088000012" + "5A" * 18, numbers)
    yield row("six random bytes", "le", "04, 08, 10", "0084000006", CHALLENGE)
    yield row("twelve random bytes", "le", "04, 08, 10", "008400000C", CHALLENGE, profile=USER3)
    yield row("balance of two bytes", "le", "04", "B026000102", "B026000104", *medical)
    yield row("six random bytes of a PSAM", "le", "04, 08, 10", "0084000006", CHALLENGE, KEY_CARD, profile=PSAM)
    factor = "BFDE27080A" + "5A" * 10
    right = "BFDE270810" + "5A" * 16
    yield row("factor of ten bytes", "length", "8, 16, 24, 32, 40", factor, right, KEY_CARD, profile=PSAM)


def _load(card: ExplainedCard) -> MedicalHost:
    host = MedicalHost(card)
    host.enter()
    host.begin_load()
    return host


def _purchase(card: ExplainedCard) -> MedicalHost:
    host = MedicalHost(card)
    host.enter()
    host.begin_purchase()
    return host


CREDIT = "B02A00000B20261129093015AABBCCDD"
DEBIT = "B02C01000F0001020520261129093015AABBCCDD"


def _steps() -> Iterator[MistakeCase]:
    def row(name: str, next_step: str, sw: int, wrong: Step, right: Step, *before: Step, **more: Any) -> MistakeCase:
        return wire(name, "step.missing", sw, wrong, right, *before, next_step=next_step, **more)

    def proof(name: str) -> Step:
        return lambda card: _after_challenge(SocialHost(card), name)

    random = bytes.fromhex("5A19F36C2E80B7D4")
    yield row(
        "proof without random number", "get-challenge", 0x6984, "0082000A10" + "5A" * 16, proof("RKSSSE"), SELECT_SSSE
    )
    yield row(
        "proof with the random number of another directory", "get-challenge", 0x6984, "0082008410" + "5A" * 16,
        proof("RK1DF03"), SELECT_SSSE, CHALLENGE, "00A4040006D15600000502",
    )  # fmt: skip
    yield row(
        "unblocking without random number", "get-challenge", 0x6984, "8424000004" + random[:4].hex(),
        lambda card: _secured(card, "84240000"), proved("PUK"),
    )  # fmt: skip
    yield row(
        "card block without random number", "get-challenge", 0x6984, "8416000004" + random[:4].hex(),
        lambda card: _secured(card, "84160000"), proved("BK"),
    )  # fmt: skip
    yield row(
        "unblocking without PUK",
        "prove-key",
        0x6982,
        "8424000004" + random[:4].hex(),
        CHALLENGE,
        SELECT_SSSE,
        CHALLENGE,
    )
    yield row(
        "card block without BK", "prove-key", 0x6982, "8416000004" + random[:4].hex(), CHALLENGE, SELECT_SSSE, CHALLENGE
    )
    yield row(
        "holder of a 3.0 card read without proof", "prove-key", 0x6982, "00B2093020",
        lambda card: (_after_challenge(SocialHost(card), "RKSSSE"), card.ok("00B2093020")), SELECT_SSSE, profile=USER3,
    )  # fmt: skip
    yield row(
        "record written without proof", "prove-key", 0x6982, "00DC0A30030A0131",
        lambda card: (_after_challenge(SocialHost(card), "UKSSSE"), card.ok("00DC0A30030A0131")), SELECT_SSSE,
    )  # fmt: skip
    yield row("key written without proof", "prove-master-key", 0x6982, "00D4000018" + "5A" * 24, CHALLENGE, SELECT_SSSE)
    yield row(
        "load begun without PIN", "verify-pin", 0x6982, "B02800010B01000003E8990000000001", CHALLENGE, SELECT_SSSE, DF04
    )
    yield row("balance without PIN", "verify-pin", 0x6982, "B026000104", CHALLENGE, SELECT_SSSE, DF04)
    yield row(
        "load begun in the environment",
        "select-df04",
        0x6985,
        "B02800010B01000003E8990000000001",
        CHALLENGE,
        SELECT_SSSE,
        VERIFY,
    )
    yield row(
        "purchase begun in DF03", "select-df04", 0x6985, "B02801011301000000000000000100000001990000000001", CHALLENGE,
        SELECT_SSSE, VERIFY, "00A4040006D15600000502",
    )  # fmt: skip
    yield row("credit without beginning", "initialize-load", 0x6901, CREDIT, CHALLENGE, SELECT_SSSE, VERIFY, DF04)
    yield row("credit after a purchase was begun", "initialize-load", 0x6901, CREDIT, _debited, _purchase)
    yield row("debit without beginning", "initialize-purchase", 0x6901, DEBIT, CHALLENGE, SELECT_SSSE, VERIFY, DF04)
    yield row("debit after a load was begun", "initialize-purchase", 0x6901, DEBIT, CHALLENGE, _load)
    yield row("debit after GET CHALLENGE", "initialize-purchase", 0x6901, DEBIT, CHALLENGE, _purchase, CHALLENGE)
    yield row("record of the environment from the MF", "select-ssse", 0x6A86, "00B2093020", SELECT_SSSE)
    yield row(
        "application block in the environment",
        "select-application",
        0x6985,
        "841E000104AABBCCDD",
        CHALLENGE,
        SELECT_SSSE,
    )
    yield row(
        "PSAM's key before its application",
        "select-psam-application",
        0x6985,
        "BFDE270810" + "5A" * 16,
        KEY_CARD,
        profile=PSAM,
    )
    yield row(
        "PSAM's calculation without a key",
        "delivery-session-key",
        0x6901,
        "80FA000008" + "5A" * 8,
        CHALLENGE,
        KEY_CARD,
        profile=PSAM,
    )
    yield row(
        "PSAM's key file without proof",
        "prove-key",
        0x6982,
        "84D4001124" + "5A" * 36,
        CHALLENGE,
        KEY_CARD,
        profile=PSAM,
    )
    yield row(
        "PSAM's proof without random number",
        "get-challenge",
        0x6984,
        "0082000110" + "5A" * 16,
        CHALLENGE,
        KEY_CARD,
        profile=PSAM,
    )


def _after_challenge(host: SocialHost, name: str) -> None:
    assert host.prove(name) == 0x9000


def _secured(card: ExplainedCard, header: str) -> None:
    host = SocialHost(card)
    host.challenge()
    host.secured("STKSSSE", header)


def _debited(card: ExplainedCard) -> None:
    host = MedicalHost(card)
    host.begin_purchase()
    assert host.debit() == 0x9000


CASES = (*_pins(), *_taken(), *_steps())
