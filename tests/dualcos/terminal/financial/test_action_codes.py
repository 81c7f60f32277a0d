"""Every bit of a TVR singly against every bit of the action codes, IAC and TAC, in every kind of terminal; and the same
in a dialogue with a card of ours that was personalised with that code (PBOC-6 §7.9.3, §7.13.6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from dualcos.messages.terminal_parameters import ActionCodes
from dualcos.messages.terminal_results import TVR_LENGTH, Tvr
from dualcos.terminal.financial.kernel.action_analysis import decide, decide_unable
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings, TerminalData
from tests.dualcos.terminal.financial.payment_bench import CODE, PaymentBench
from tests.dualcos.terminal.financial.result_dialogues import ASKS_NOTHING, EARLY_CDA, LATER, NEUTRAL, TVR_DIALOGUES

AAC, TC, ARQC = "AAC", "TC", "ARQC"
TAGS = {"denial": 0x9F0E, "online": 0x9F0F, "default": 0x9F0D}
FIRST = {
    # which code has the bit: what an on-line only terminal asks for, one that can do both, an off-line only one
    "denial": ((AAC, b"Z1"), (AAC, b"Z1"), (AAC, b"Z1")),
    "online": ((ARQC, b""), (ARQC, b""), (TC, b"Y1")),
    "default": ((ARQC, b""), (TC, b"Y1"), (AAC, b"Z1")),
    "none": ((ARQC, b""), (TC, b"Y1"), (TC, b"Y1")),
}
UNABLE = {"denial": (TC, b"Y3"), "online": (TC, b"Y3"), "default": (AAC, b"Z3"), "none": (TC, b"Y3")}


class Analysis(NamedTuple):
    """One analysis: a TVR with the bits of ``tvr``, codes of issuer and acquirer."""

    tvr: tuple[Tvr, ...]
    issuer: ActionCodes = ASKS_NOTHING
    acquirer: ActionCodes = ASKS_NOTHING

    def record(self) -> KernelRecord:
        record = KernelRecord({})
        for bit in self.tvr:
            record.set(bit, KernelStep.RISK)
        record.card |= {tag: getattr(self.issuer, name) for name, tag in TAGS.items()}
        return record

    def first(self, kind: str) -> tuple[str, bytes]:
        decision = decide(self.record(), settings(kind), self.acquirer)
        return decision.asked.name, decision.code

    def unable(self, kind: str, *, skips_default: bool = False) -> tuple[str, bytes]:
        decision = decide_unable(self.record(), settings(kind, skips_default=skips_default), self.acquirer)
        return decision.asked.name, decision.code


def settings(kind: str, *, skips_default: bool = False) -> KernelSettings:
    return KernelSettings(TerminalData(kind=kind), (), bytes, skips_default=skips_default)


def codes(name: str, value: int) -> ActionCodes:
    return ASKS_NOTHING if name == "none" else ASKS_NOTHING._replace(**{name: value.to_bytes(TVR_LENGTH, "big")})


TYPES = [place + reach for place in "12" for reach in "123456"] + [f"3{reach}" for reach in "456"]
"""Every type of terminal there is (PBOC-6 table A.1)."""


def reach_of(kind: str) -> int:
    return (int(kind[1]) - 1) % 3


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", FIRST)
def test_one_bit_against_one_code(name: str, kind: str) -> None:
    for bit in Tvr:
        for whose in ("issuer", "acquirer"):
            told = Analysis((bit,))._replace(**{whose: codes(name, bit.mask)})
            assert told.first(kind) == FIRST[name][reach_of(kind)], (bit, whose)
            assert told.unable(kind) == UNABLE[name], (bit, whose)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", FIRST)
def test_all_other_bits_of_a_code_do_not_concern_it(name: str, kind: str) -> None:
    for bit in Tvr:
        for whose in ("issuer", "acquirer"):
            told = Analysis((bit,))._replace(**{whose: codes(name, (1 << 40) - 1 - bit.mask)})
            assert told.first(kind) == FIRST["none"][reach_of(kind)], (bit, whose)
            assert told.unable(kind) == UNABLE["none"], (bit, whose)


def test_an_on_line_only_terminal_may_leave_the_default_codes_out() -> None:
    for kind in TYPES:
        expected = (AAC, b"Z3") if reach_of(kind) == 0 else UNABLE["none"]
        assert Analysis(()).unable(kind, skips_default=True) == expected, kind


@pytest.mark.parametrize("missing", TAGS)
def test_a_code_that_the_card_does_not_have(missing: str) -> None:
    """Denial: nothing; on line and default: everything."""
    kind = {"denial": "22", "online": "22", "default": "23"}[missing]
    expected = {"denial": (TC, b"Y1"), "online": (ARQC, b""), "default": (AAC, b"Z1")}[missing]
    for bit in Tvr:
        record = Analysis((bit,)).record()
        del record.card[TAGS[missing]]
        decision = decide(record, settings(kind), ASKS_NOTHING)
        assert (decision.asked.name, decision.code) == expected, bit
    record = Analysis(()).record()
    record.card.clear()
    assert decide(record, settings(kind), ASKS_NOTHING).asked.name == TC, "nothing was found"


def test_the_standards_own_example() -> None:
    """DDA failed or PIN tries exceeded are denied; expired alone is not, with DDA failed it is (PBOC-6 §7.9.3)."""
    denial = ActionCodes(bytes.fromhex("0800200000"), bytes(5), bytes(5))
    assert Analysis((Tvr.EXPIRED,), denial).first("22") == (TC, b"Y1")
    assert Analysis((Tvr.EXPIRED, Tvr.DDA_FAILED), denial).first("22") == (AAC, b"Z1")


# --- in dialogues -------------------------------------------------------------------------------------------------

EARLY = [bit for bit in Tvr if bit not in LATER]


def asked(bench: PaymentBench, at: int) -> str:
    """What that GENERATE AC asked the card for."""
    return {0x00: AAC, 0x40: TC, 0x80: ARQC}[bench.sent(0xAE)[at][2] & 0xC0]


def bench_with(bit: Tvr, whose: str, names: tuple[str, ...], *, spoilt: bool = True) -> PaymentBench:
    """A dialogue that sets the bit, with these codes that have it; a terminal that can do both."""
    own = [f"pse.elements.{TAGS[name]:X}={bit.mask:010X}" for name in names] if whose == "issuer" else []
    dialogue = EARLY_CDA if bit is Tvr.CDA_FAILED else TVR_DIALOGUES[bit]
    bench = replace(dialogue, kind="22").bench(*NEUTRAL, *own, spoilt=spoilt)
    if whose == "acquirer":
        tac = bench.parameters.tac._replace(**{name: bit.mask.to_bytes(TVR_LENGTH, "big") for name in names})
        bench.parameters = replace(bench.parameters, tac=tac)
    return bench


@pytest.mark.parametrize("whose", ["issuer", "acquirer"])
@pytest.mark.parametrize("bit", EARLY)
def test_a_bit_that_a_dialogue_sets_decides_in_it(bit: Tvr, whose: str) -> None:
    for name, expected in (("denial", AAC), ("online", ARQC), ("default", TC)):
        for spoilt in (True, False):
            bench = bench_with(bit, whose, (name,), spoilt=spoilt)
            bench.pay()
            assert asked(bench, 0) == (expected if spoilt else TC), (name, spoilt)


@pytest.mark.parametrize("whose", ["issuer", "acquirer"])
@pytest.mark.parametrize("bit", EARLY)
def test_a_bit_that_a_dialogue_sets_decides_where_the_issuer_is_not_reached(bit: Tvr, whose: str) -> None:
    for names, expected, code in ((("online", "default"), AAC, b"Z3"), (("online",), TC, b"Y3")):
        bench = bench_with(bit, whose, names)
        assert bench.pay(None).said[0].verdict is Verdict.ONLINE
        assert (asked(bench, 1), bench.told[CODE]) == (expected, code)


@pytest.mark.parametrize("bit", [bit for bit in EARLY if bit not in (Tvr.RANDOMLY_SELECTED, Tvr.FORCED_ONLINE)])
def test_a_bit_that_a_dialogue_sets_decides_in_a_terminal_that_is_never_on_line(bit: Tvr) -> None:
    for spoilt in (True, False):
        bench = bench_with(bit, "issuer", ("default",), spoilt=spoilt)
        bench.data = replace(bench.data, kind="23")
        bench.pay()
        assert asked(bench, 0) == (AAC if spoilt else TC)


@pytest.mark.parametrize("whose", ["issuer", "acquirer"])
def test_a_combined_authentication_that_failed_early_is_seen_by_every_code(whose: str) -> None:
    """And whatever they ask for, nothing is approved (PBOC-6 §7.13.4)."""
    for kind, name, spoilt, expected in (
        ("22", "denial", True, [AAC]),
        ("22", "online", True, [ARQC, AAC]),
        ("22", "default", True, [TC]),
        ("22", "denial", False, [TC]),
        ("21", "denial", True, [AAC]),
        ("21", "default", True, [ARQC, AAC]),
        ("23", "default", True, [AAC]),
        ("23", "online", True, [TC]),
        ("23", "default", False, [TC]),
    ):
        bench = bench_with(Tvr.CDA_FAILED, whose, (name,), spoilt=spoilt)
        bench.data = replace(bench.data, kind=kind)
        said = bench.pay().said
        assert [asked(bench, at) for at in range(len(bench.sent(0xAE)))] == expected, (kind, name)
        assert (said[-1].verdict is Verdict.APPROVED) is not spoilt
        assert (Tvr.CDA_FAILED in bench.first_tvr) is spoilt


@pytest.mark.parametrize("bit", [bit for bit in EARLY if bit not in (Tvr.RANDOMLY_SELECTED, Tvr.FORCED_ONLINE)])
def test_a_bit_decides_by_the_acquirers_default_in_a_terminal_that_is_never_on_line(bit: Tvr) -> None:
    for spoilt in (True, False):
        bench = bench_with(bit, "acquirer", ("default",), spoilt=spoilt)
        bench.data = replace(bench.data, kind="23")
        bench.pay()
        assert asked(bench, 0) == (AAC if spoilt else TC)
