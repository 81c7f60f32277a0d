"""Commands and names of another side, texts and TLV, and what was accepted though it can hardly be meant.

What the wire shows alone (SSC-3 §5; SSC-5 §6, §7; SSC-9 §9; V2.0 §7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard, apdu
from tests.erring_terminal.mistake_case import NOTE, MistakeCase
from tests.erring_terminal.second_medical_host import MedicalHost
from tests.erring_terminal.second_social_host import SELECT_SSSE, SocialHost
from tests.erring_terminal.wire_mistakes import (
    CHALLENGE,
    DF04,
    DUAL,
    KEY_CARD,
    PSAM,
    USER,
    USER3,
    VERIFY,
    Step,
    proved,
    wire,
)

NAME = "测试持卡人"


def _whose() -> Iterator[MistakeCase]:
    def row(name: str, finding: str, sw: int, wrong: Step, *before: Step, **more: Any) -> MistakeCase:
        return wire(name, finding, sw, wrong, CHALLENGE, *(before or (SELECT_SSSE,)), **more)

    yield row("DELIVERY SESSION KEY", "whose.psam-command", 0x6E00, "BFDE270810" + "5A" * 16)
    yield row("CIPHER DATA", "whose.psam-command", 0x6D00, "80FA000008" + "5A" * 8)
    yield row("INIT SAM FOR PURCHASE", "whose.psam-command", 0x6D00, "8070010024" + "5A" * 36, profile=USER3)
    yield row("INITIALIZE ENVIRONMENT", "whose.psam-command", 0x6E00, "BFEC00000199")
    yield row("GET DATA", "whose.bank-command", 0x6D00, "80CA9F3600", profile=DUAL)
    yield row("GET PROCESSING OPTIONS", "whose.bank-command", 0x6D00, "80A80000028300", profile=DUAL)
    yield row("GENERATE AC", "whose.bank-command", 0x6D00, "80AE8000045A5A5A5A")
    yield row("INITIALIZE UPDATE", "whose.maker-command", 0x6D00, "8050000008" + "5A" * 8)
    yield row("STORE DATA", "whose.maker-command", 0x6D00, "80E2800008" + "5A" * 8)
    yield row("SM3", "whose.pki-command", 0x6D00, "80C4010308C1065A5A5A5A5A5A", profile=USER3)
    yield row("key pair", "whose.pki-command", 0x6D00, "8040000008C0020012C2020013", profile=USER3)
    yield row("VERIFY of the PKI side", "whose.pki-command", 0x6A86, "0020018110" + "5A" * 16, profile=USER3)
    yield row("transport key in the environment", "whose.maker-command", 0x6A86, "80E0030008" + "5A" * 8)
    yield row("CREATE KEY of a PSAM", "whose.psam-command", 0x6A86, "84D4001124" + "5A" * 36)
    yield row(
        "INTERNAL AUTHENTICATION at a PSAM",
        "whose.social-command",
        0x6D00,
        "0088000010" + "5A" * 16,
        KEY_CARD,
        profile=PSAM,
    )
    yield row("VERIFY at a PSAM", "whose.social-command", 0x6D00, VERIFY, KEY_CARD, profile=PSAM)
    yield row(
        "load at a PSAM", "whose.social-command", 0x6E00, "B02800010B01000003E8990000000001", KEY_CARD, profile=PSAM
    )
    yield row("GENERATE AC at a PSAM", "whose.bank-command", 0x6D00, "80AE8000045A5A5A5A", KEY_CARD, profile=PSAM)
    yield row(
        "VERIFY in the MF", "whose.social-command", 0x6D00, VERIFY, CHALLENGE, next_step="select-ssse"
    )  # fmt: skip
    yield row(
        "application of the environment from the MF", "whose.name-of-another", 0x6A82, DF04, CHALLENGE,
        next_step="select-ssse",
    )  # fmt: skip
    yield row("SFI of the bank's first file", "whose.sfi-of-another", 0x6A82, "00B2010C00", profile=DUAL)
    yield row("SFI of the bank's second file", "whose.sfi-of-another", 0x6A82, "00B2011400", profile=DUAL)
    for profile, before in ((USER, SELECT_SSSE), (DUAL, SELECT_SSSE), (PSAM, CHALLENGE)):
        yield row(
            f"AID one byte short ({profile})",
            "whose.aid-short",
            0x6A82,
            "00A4040005D156000005",
            before,
            profile=profile,
        )
    yield row(
        "environment's name one byte short",
        "whose.aid-short",
        0x6A82,
        "00A404000E7378312E73682EC9E7BBE1B1A3D5",
        CHALLENGE,
    )
    yield row(
        "PSAM's second environment",
        "whose.name-of-another",
        0x6A82,
        "00A404000F7378322E73682EC9E7BBE1B1A3D5CF",
        CHALLENGE,
    )
    yield row("PSAM's application", "whose.name-of-another", 0x6A82, KEY_CARD)
    yield row(
        "bank's environment of a card without bank",
        "whose.name-of-another",
        0x6A82,
        "00A404000E315041592E5359532E4444463031",
    )
    yield row(
        "certificate environment of a card without",
        "whose.name-of-another",
        0x6A82,
        "00A404000C504B492EC9E7BBE1B1A3D5CF",
    )
    yield row("user card's application at a PSAM", "whose.name-of-another", 0x6A82, DF04, KEY_CARD, profile=PSAM)


def _texts() -> Iterator[MistakeCase]:
    def update(
        name: str, finding: str, sw: int, wrong: bytes, right: bytes, header: str = "00DC0930", **more: Any
    ) -> MistakeCase:
        return wire(name, finding, sw, apdu(header, wrong).hex(), apdu(header, right).hex(), proved("UKSSSE"), **more)

    gbk, utf = (NAME.encode(charset).ljust(30, b"\0") for charset in ("gbk", "utf-8"))
    yield update("name in UTF-8", "text.utf-8", 0x9000, b"\x09\x1e" + utf, b"\x09\x1e" + gbk)
    yield update("name in UTF-8 at 3.0", "text.utf-8", 0x9000, b"\x09\x1e" + utf, b"\x09\x1e" + gbk, profile=USER3)
    sex = bytes.fromhex("0A0131")
    yield update("length beyond the data", "tlv.length-beyond", 0x6A85, bytes.fromhex("0A0531"), sex, "00DC0A30")
    yield update("byte behind the item", "tlv.rest", 0x6A85, sex + b"\0", sex, "00DC0A30")
    yield update("length left out", "tlv.length-beyond", 0x6A85, bytes.fromhex("0A31"), sex, "00DC0A30")
    date = bytes.fromhex("050420261129")
    yield update("issue date in text", "accepted.no-date", 0x9000, b"\x05\x042026", date, "00DC0528", certainty=NOTE)
    yield update(
        "thirteenth month", "accepted.no-date", 0x9000, bytes.fromhex("050420261329"), date, "00DC0528", certainty=NOTE
    )


def _accepted() -> Iterator[MistakeCase]:
    def row(
        name: str, finding: str, wrong: Step, right: Step, *before: Step, sw: int = 0x9000, **more: Any
    ) -> MistakeCase:
        return wire(name, finding, sw, wrong, right, *before, certainty=NOTE, **more)

    def internal(*, swapped: bool) -> Step:
        def step(card: ExplainedCard) -> None:
            host = SocialHost(card)
            original, factor = host.challenge(), host.challenge()
            card.ok(apdu("00880000", original + factor if swapped else factor + original))

        return step

    for profile in (USER, USER3):
        yield row(
            "fields of INTERNAL AUTHENTICATION swapped", "accepted.fields-swapped", internal(swapped=True),
            internal(swapped=False), SELECT_SSSE, profile=profile,
        )  # fmt: skip

    start, unblock = bytes(8).hex(), "8424000004"
    yield row(
        "command filled with 00 for a PSAM's MAC", "accepted.zero-padding", f"80FA050010{start}{unblock}000000",
        f"80FA050010{start}{unblock}800000", KEY_CARD, "BFDE2609105A19F36C2E80B7D45A19F36C2E80B7D4", profile=PSAM,
    )  # fmt: skip

    def day(date: str) -> Step:
        return lambda card: card.send(f"B056000002{date}")

    yield row(
        "year begins on 30 February", "accepted.no-date", day("0230"), day("0401"), proved("DSK", directory="DF04")
    )

    def settle(time: str) -> Step:
        def step(card: ExplainedCard) -> None:
            host = MedicalHost(card)
            host.enter()
            host.begin_purchase()
            host.debit_at(bytes.fromhex(time))

        return step

    yield row("settled in a thirteenth month", "accepted.no-date", settle("20261329093015"), settle("20261129093015"))
    yield row("settled at 25 o'clock", "accepted.no-date", settle("20261129253015"), settle("20261129093015"))
    yield row(
        "offline amount in binary", "accepted.amount-not-bcd",
        lambda card: _write_amount(card, "0000C34F"), lambda card: _write_amount(card, "00049999"),
    )  # fmt: skip


def _write_amount(card: ExplainedCard, amount: str) -> None:
    host = proved("UK2DF04", directory="DF04")(card)
    host.card.send(f"00DC9230069204{amount}")


CASES = (*_whose(), *_texts(), *_accepted())
