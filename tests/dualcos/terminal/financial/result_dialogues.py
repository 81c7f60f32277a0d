"""For each bit of TVR and TSI a dialogue that sets it, and the same dialogue with one thing otherwise that does not.

Each is one of our cards, personalised with what the dialogue needs, on the bench; ``spoil`` is the one thing. So the
table of action codes can take the same dialogues with a card that has the bit in its own codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from apdu import tlv
from dualcos.messages.field55 import ChipSet, chip_data
from dualcos.messages.terminal_parameters import ActionCodes
from dualcos.messages.terminal_results import Tsi, Tvr, tvr_bits
from dualcos.terminal.financial.kernel.issuer_answer import AFTER, BEFORE, IssuerAnswer
from dualcos.terminal.financial.kernel.kernel_parts import PinBypassed
from dualcos.terminal.financial.kernel.kernel_settings import Capability, RiskSettings
from tests.dualcos.terminal.financial.payment_bench import (
    TELLING,
    TVR,
    Payment,
    PaymentBench,
    ScriptedPad,
    approving,
)

ASKS_NOTHING = ActionCodes(bytes(5), bytes(5), bytes(5))
Spoil = Callable[[PaymentBench], None]
Issuer = Callable[[PaymentBench], IssuerAnswer | None]


def nothing(_bench: PaymentBench) -> None:
    """All is as it is."""


@dataclass(frozen=True)
class ResultDialogue:
    """``profile``, ``settings``: of the card; ``spoil``: what sets the bit, done to the bench of a card that would not;
    ``spoilt``: settings of the card instead, where the card is to be another; ``new``: it has not yet been on line.
    ``issuer``: where the bit needs one. ``kind``: of the terminal; one that is only on line asks its issuer always.
    """

    spoil: Spoil = nothing
    profile: str = "bank-sda"
    settings: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
    issuer: Issuer = approving
    spoilt_issuer: Issuer = approving
    new: bool = False
    kind: str = "21"

    def bench(self, *more: str, spoilt: bool = True) -> PaymentBench:
        """The bench, as it is or spoilt; ``more``: further settings of the card."""
        bench = PaymentBench(self.profile, *TELLING, *self.settings, *(self.spoilt if spoilt else ()), *more)
        bench.data = replace(bench.data, kind=self.kind)
        bench.parameters = replace(
            bench.parameters, tac=ASKS_NOTHING, floor_limit=100_000, target_percent=0, most_target_percent=0
        )
        if not (self.new and spoilt):
            counted(2, 1, bench)  # not declined for being new
            bench.pay(approving)
            bench.card.bend = None
            bench.again()
        if spoilt:
            self.spoil(bench)
        return bench

    def played(self, *more: str, spoilt: bool) -> tuple[PaymentBench, Payment]:
        """A whole transaction."""
        bench = self.bench(*more, spoilt=spoilt)
        return bench, bench.pay(self.spoilt_issuer if spoilt else self.issuer)


# --- what is done to a bench --------------------------------------------------------------------------------------


def bent(start: str, bench: PaymentBench) -> None:
    """The last byte of what the card answers to commands that begin so is another, also where it is fetched."""
    fetching = False

    def bend(command: bytes, answer: bytes) -> bytes:
        nonlocal fetching
        asked = command.startswith(bytes.fromhex(start)) or (fetching and command[1] == 0xC0)
        fetching = asked and answer[-2] == 0x61
        return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:] if asked and answer[-2:] == b"\x90\x00" else answer

    bench.card.bend = bend


def answered(instruction: int, answer: str, bench: PaymentBench) -> None:
    """Every such command is answered so."""
    bench.card.bend = lambda command, told: bytes.fromhex(answer) if command[1] == instruction else told


def counted(atc: int, last: int, bench: PaymentBench) -> None:
    """GET DATA gives these counters."""
    values = {0x36: atc, 0x13: last}

    def bend(command: bytes, told: bytes) -> bytes:
        if command[:3] != b"\x80\xca\x9f" or command[3] not in values:
            return told
        return tlv.encode(0x9F00 | command[3], values[command[3]].to_bytes(2, "big")) + b"\x90\x00"

    bench.card.bend = bend


def without(capability: Capability, bench: PaymentBench) -> None:
    """The terminal cannot do that."""
    bench.data = replace(bench.data, capabilities=bench.data.capabilities & ~capability)


def entering(*entries: str | bytes | Exception) -> Spoil:
    """What the holder does at the pad."""

    def spoil(bench: PaymentBench) -> None:
        bench.pad = ScriptedPad(*entries)

    return spoil


def at(moment: str, bench: PaymentBench) -> None:
    """The terminal's clock."""
    bench.asked = replace(bench.asked, moment=moment)


def _without_pad(bench: PaymentBench) -> None:
    bench.pad = None


def _listed(bench: PaymentBench) -> None:
    bench.risk = RiskSettings(is_excepted=lambda _pan, _sequence: True)


def _newer(bench: PaymentBench) -> None:
    bench.parameters = replace(bench.parameters, version=b"\x00\x30")


def _over_floor(bench: PaymentBench) -> None:
    bench.parameters = replace(bench.parameters, floor_limit=10_000)


def _drawn(bench: PaymentBench) -> None:
    bench.parameters = replace(bench.parameters, target_percent=99, most_target_percent=99)


def _forced(bench: PaymentBench) -> None:
    bench.asked = replace(bench.asked, forced_online=True)


# --- issuers ------------------------------------------------------------------------------------------------------


def _wrong(bench: PaymentBench) -> IssuerAnswer:
    return bench.issuer(arpc=bytes(8) + b"00")


def good_script(tag: int, bench: PaymentBench) -> IssuerAnswer:
    """A script that every one of our cards carries out: its try counter is full again."""
    return bench.issuer("00", (tag, bench.script("84240000")))


def bad_script(tag: int, bench: PaymentBench) -> IssuerAnswer:
    """A script of a command that no card knows."""
    return bench.issuer("00", (tag, tlv.encode(0x86, bytes.fromhex("84FF000000"))))


# --- the tables ---------------------------------------------------------------------------------------------------

LIST = "pse.elements.8E=0000000000000000{}".format
_AIP = "pse.elements.82={}".format
_HASHED = (f"{TELLING[0]}9814", 'pse.records.0401=["9F14", "9F23", "97"]', "pse.elements.97=9F0206")
_WITHOUT_TDOL = ('pse.records.0401=["9F14", "9F23"]',)

TVR_DIALOGUES: dict[Tvr, ResultDialogue] = {
    Tvr.NOT_AUTHENTICATED: ResultDialogue(partial(without, Capability.SDA)),
    Tvr.SDA_FAILED: ResultDialogue(partial(bent, "00B20314")),
    Tvr.DATA_MISSING: ResultDialogue(partial(answered, 0xCA, "6A88")),
    Tvr.EXCEPTION_FILE: ResultDialogue(_listed),
    Tvr.DDA_FAILED: ResultDialogue(partial(bent, "0088"), "bank-dda"),
    Tvr.CDA_FAILED: ResultDialogue(partial(bent, "80AE"), "bank-cda"),
    Tvr.VERSIONS_DIFFER: ResultDialogue(_newer),
    Tvr.EXPIRED: ResultDialogue(partial(at, "20310101000000")),
    Tvr.NOT_YET_EFFECTIVE: ResultDialogue(partial(at, "20241231000000")),
    Tvr.SERVICE_NOT_ALLOWED: ResultDialogue(spoilt=("pse.elements.9F07=8300",)),
    Tvr.NEW_CARD: ResultDialogue(new=True),
    Tvr.CVM_FAILED: ResultDialogue(settings=(LIST("1F00"),), spoilt=(LIST("0000"),)),
    Tvr.CVM_UNKNOWN: ResultDialogue(settings=(LIST("5E001F00"),), spoilt=(LIST("45001F00"),)),
    Tvr.PIN_TRIES_EXCEEDED: ResultDialogue(entering("0000", "0000", "0000"), settings=(LIST("41001F00"),)),
    Tvr.NO_PIN_PAD: ResultDialogue(_without_pad, settings=(LIST("41001F00"),)),
    Tvr.PIN_NOT_ENTERED: ResultDialogue(entering("0000", PinBypassed()), settings=(LIST("41001F00"),)),
    Tvr.ONLINE_PIN: ResultDialogue(settings=(LIST("1E00"),), spoilt=(LIST("0200"),)),
    Tvr.FLOOR_LIMIT: ResultDialogue(_over_floor),
    Tvr.LOWER_LIMIT: ResultDialogue(partial(counted, 9, 5)),
    Tvr.UPPER_LIMIT: ResultDialogue(partial(counted, 15, 7)),
    Tvr.RANDOMLY_SELECTED: ResultDialogue(_drawn, kind="22"),
    Tvr.FORCED_ONLINE: ResultDialogue(_forced),
    Tvr.DEFAULT_TDOL: ResultDialogue(settings=_HASHED, spoilt=_WITHOUT_TDOL),
    Tvr.ISSUER_NOT_AUTHENTICATED: ResultDialogue(spoilt_issuer=_wrong),
    Tvr.SCRIPT_FAILED_BEFORE: ResultDialogue(
        issuer=partial(good_script, BEFORE), spoilt_issuer=partial(bad_script, BEFORE)
    ),
    Tvr.SCRIPT_FAILED_AFTER: ResultDialogue(
        issuer=partial(good_script, AFTER), spoilt_issuer=partial(bad_script, AFTER)
    ),
}
"""Each bit of TVR."""

NEUTRAL = ("pse.elements.9F0E=0000000000", "pse.elements.9F0F=0000000000", "pse.elements.9F0D=0000000000")
"""A card's action codes that ask for nothing."""
EARLY_CDA = ResultDialogue(partial(bent, "00B20414"), "bank-cda")
"""CDA that fails before it is asked for: the action codes of the first GENERATE AC see it."""
LATER = (Tvr.CDA_FAILED, Tvr.ISSUER_NOT_AUTHENTICATED, Tvr.SCRIPT_FAILED_BEFORE, Tvr.SCRIPT_FAILED_AFTER)
"""Bits that are set behind the first GENERATE AC: its action codes do not see them."""
WITH_IT = {
    Tvr.PIN_TRIES_EXCEEDED: {Tvr.PIN_TRIES_EXCEEDED},
    Tvr.DATA_MISSING: {Tvr.DATA_MISSING, Tvr.LOWER_LIMIT, Tvr.UPPER_LIMIT},
    Tvr.UPPER_LIMIT: {Tvr.UPPER_LIMIT, Tvr.LOWER_LIMIT},
    Tvr.EXPIRED: {Tvr.EXPIRED, Tvr.SDA_FAILED},
}
"""What else such a dialogue sets: an expired card has expired certificates, limits lie one above the other."""

TSI_DIALOGUES: dict[Tsi, ResultDialogue] = {
    Tsi.OFFLINE_AUTHENTICATION: ResultDialogue(settings=(_AIP("1C00"),), spoilt=(_AIP("5C00"),)),
    Tsi.CARDHOLDER_VERIFICATION: ResultDialogue(settings=(_AIP("4C00"),), spoilt=(_AIP("5C00"),)),
    Tsi.CARD_RISK_MANAGEMENT: ResultDialogue(),
    Tsi.ISSUER_AUTHENTICATION: ResultDialogue(settings=(_AIP("5800"),), spoilt=(_AIP("5C00"),)),
    Tsi.TERMINAL_RISK_MANAGEMENT: ResultDialogue(settings=(_AIP("5400"),), spoilt=(_AIP("5C00"),)),
    Tsi.SCRIPT_PROCESSING: ResultDialogue(spoilt_issuer=partial(good_script, BEFORE)),
}
"""Each bit of TSI; of the card's own risk management the first GENERATE AC does not know yet, the second does."""


def reported(bench: PaymentBench) -> tuple[frozenset[Tvr], bytes]:
    """TVR and script results of the report that goes to the issuer behind everything."""
    told = {item.tag: item.value for item in tlv.parse(chip_data(ChipSet.SCRIPT_REPORT, bench.record.known()))}
    return frozenset(tvr_bits(told[TVR])), told[0xDF31]
