"""Issuer scripts: which commands reach the card, when, and what the issuer is told of it (PBOC-6 §7.12, A.5).

The result and TVR are read out of what is sent: field 55 of the report, GENERATE AC.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apdu import tlv
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import AFTER, BEFORE, IssuerAnswer
from tests.dualcos.terminal.financial.payment_bench import BANK, TELLING, PaymentBench, ScriptedPad
from tests.dualcos.terminal.financial.result_dialogues import reported
from tests.dualcos.terminal.financial.table_card import GONE, MUTE, Answer, PaymentTable

IDENTIFIER = "0000002A"
FAILED = {BEFORE: Tvr.SCRIPT_FAILED_BEFORE, AFTER: Tvr.SCRIPT_FAILED_AFTER}
COMMANDS = ("841E000004AAAAAAAA", "8424000004BBBBBBBB", "84DA9F7904CCCCCCCC", "84DC010C04DDDDDDDD")


def script(*commands: str, identifier: str | None = IDENTIFIER) -> bytes:
    """Contents of a script."""
    named = b"" if identifier is None else tlv.encode(0x9F18, bytes.fromhex(identifier))
    return named + b"".join(tlv.encode(0x86, bytes.fromhex(each)) for each in commands)


def bench_answering(words: Sequence[Answer]) -> PaymentBench:
    """A card that answers the commands of scripts so, in turn."""
    return PaymentBench(card=PaymentTable(more={"84": [*words]}).card())


def sent(bench: PaymentBench) -> list[str]:
    """Commands of scripts that reached the card."""
    return [each.command.hex().upper() for each in bench.card.passed if each.command[0] == 0x84]


def pay(bench: PaymentBench, *scripts: tuple[int, bytes], code: str = "00") -> Verdict:
    return bench.pay(IssuerAnswer(code.encode(), b"", scripts)).last.verdict


def results(bench: PaymentBench) -> str:
    return reported(bench)[1].hex().upper()


# --- which, when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["00", "05"])
@pytest.mark.parametrize("profile", BANK)
def test_a_script_of_the_cards_own_issuer(profile: str, code: str) -> None:
    """It is carried out whether the transaction is approved or not."""
    bench = PaymentBench(profile, *TELLING)
    bench.pay(lambda at: at.issuer(code, (AFTER, at.script("84240000"))))
    tvr, told = reported(bench)
    assert (told.hex(), Tvr.SCRIPT_FAILED_AFTER in tvr) == ("200000002a", False)
    assert [each.command[1] for each in bench.card.passed if each.command[1] in (0xAE, 0x24)] == [0xAE, 0xAE, 0x24]
    assert bench.record.has(Tsi.SCRIPT_PROCESSING)


def test_a_script_gives_the_pin_back() -> None:
    bench = PaymentBench("bank-only", "pse.elements.8E=000000000000000041001F00")
    bench.pad = ScriptedPad("0000", "0000", "0000")
    bench.pay(lambda at: at.issuer("05", (AFTER, at.script("84240000"))))
    assert Tvr.PIN_TRIES_EXCEEDED in bench.first_tvr
    bench.again()
    bench.pad = ScriptedPad()
    bench.begin()
    assert Tvr.PIN_TRIES_EXCEEDED not in bench.first_tvr


def test_scripts_71_before_the_last_cryptogram_and_72_behind_it_in_their_order() -> None:
    bench = bench_answering(["9000"])
    bench.pay(IssuerAnswer(b"00", bytes(10), ((AFTER, script(*COMMANDS[2:])), (BEFORE, script(*COMMANDS[:2])))))
    passed = [each.command.hex().upper() for each in bench.card.passed]
    behind = passed[passed.index(next(each for each in passed if each.startswith("0082"))) :]
    assert [each[:4] for each in behind] == ["0082", "841E", "8424", "80AE", "84DA", "84DC"]
    assert results(bench) == f"20{IDENTIFIER}" * 2


def test_without_a_script_nothing_is_said_of_one() -> None:
    bench = bench_answering([])
    pay(bench)
    assert 0xDF31 not in bench.record.known()
    assert not bench.record.has(Tsi.SCRIPT_PROCESSING)


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [BEFORE, AFTER])
@pytest.mark.parametrize("word", ["9000", "9001", "6200", "6281", "6300", "63C1"])
def test_warnings_go_on(kind: int, word: str) -> None:
    bench = bench_answering([word])
    assert pay(bench, (kind, script(*COMMANDS))) is Verdict.APPROVED
    assert sent(bench) == list(COMMANDS)
    assert results(bench) == f"20{IDENTIFIER}"
    assert FAILED[kind] not in reported(bench)[0]


@pytest.mark.parametrize("kind", [BEFORE, AFTER])
@pytest.mark.parametrize("word", ["6400", "6581", "6700", "6982", "6985", "6A88", "6D00", "6E00", "6F00", "9100"])
@pytest.mark.parametrize("at", [1, 2, 4])
def test_any_other_word_stops_it(at: int, word: str, kind: int) -> None:
    bench = bench_answering([*["9000"] * (at - 1), word, "9000"])
    assert pay(bench, (kind, script(*COMMANDS))) is Verdict.APPROVED
    assert sent(bench) == list(COMMANDS[:at])
    assert results(bench) == f"1{at}{IDENTIFIER}"
    assert reported(bench)[0] & set(FAILED.values()) == {FAILED[kind]}
    assert (Tvr.SCRIPT_FAILED_BEFORE in bench.tvr) == (kind == BEFORE)


@pytest.mark.parametrize(("at", "first"), [(13, "1D"), (14, "1E"), (15, "1F"), (16, "1F"), (20, "1F")])
def test_numbers_from_15_on_are_one(at: int, first: str) -> None:
    bench = bench_answering([*["9000"] * (at - 1), "6985", "9000"])
    pay(bench, (AFTER, script(*["8424000000"] * 20)))
    assert len(sent(bench)) == at
    assert results(bench) == f"{first}{IDENTIFIER}"


# --- scripts that are none ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [BEFORE, AFTER])
@pytest.mark.parametrize(
    ("content", "identifier"),
    [
        ("", "00000000"),
        ("9F18040000002A", IDENTIFIER),  # no command
        ("9F18040000002A86", "00000000"),
        ("9F18040000002A8605841E0000", "00000000"),  # breaks off
        ("9F18040000002A8603841E00", IDENTIFIER),  # no header
        ("9F18040000002A8604841E00008600", IDENTIFIER),  # one good, one empty
        ("9F1802002A8604841E0000", "002A0000"),
        ("9F1805000000002A8604841E0000", "00000000"),
    ],
)
def test_what_cannot_be_read_is_not_begun(content: str, identifier: str, kind: int) -> None:
    """Result 00, with TSI and TVR (PBOC-6 §7.12.4.1)."""
    bench = bench_answering(["9000"])
    assert pay(bench, (kind, bytes.fromhex(content))) is Verdict.APPROVED
    assert not sent(bench)
    assert results(bench) == f"00{identifier}"
    assert FAILED[kind] in reported(bench)[0]
    assert bench.record.has(Tsi.SCRIPT_PROCESSING)


def test_a_script_without_identifier_has_zeros_for_it() -> None:
    bench = bench_answering(["9000"])
    pay(bench, (AFTER, script(*COMMANDS, identifier=None)))
    assert results(bench) == "2000000000"
    assert sent(bench) == list(COMMANDS)


# --- several --------------------------------------------------------------------------------------------------------


def test_each_of_several_scripts_has_its_result() -> None:
    """EMV book 4 §6.3.9: one that fails stops itself, no other."""
    bench = bench_answering(["9000", "6985", "9000"])
    good, bad, broken = (
        script(COMMANDS[0], identifier="00000001"),
        script(COMMANDS[1], COMMANDS[2], identifier="00000002"),
        b"\x86\x05\x84",
    )
    pay(bench, (AFTER, good), (AFTER, bad), (AFTER, broken), (AFTER, good))
    assert results(bench) == "2000000001" + "1100000002" + "0000000000" + "2000000001"
    assert sent(bench) == [COMMANDS[0], COMMANDS[1], COMMANDS[0]]


# --- cards that fail in one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [MUTE, GONE, "90"])
@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_card_that_dies_in_a_script_has_failed_it_and_the_verdict_stands(at: int, fault: Answer) -> None:
    bench = bench_answering([*["9000"] * (at - 1), fault])
    assert pay(bench, (AFTER, script(*COMMANDS)), (AFTER, script(*COMMANDS, identifier=None))) is Verdict.APPROVED
    assert results(bench) == f"1{at}{IDENTIFIER}" + "1100000000"
    assert Tvr.SCRIPT_FAILED_AFTER in reported(bench)[0]


@pytest.mark.parametrize("fault", [MUTE, GONE])
def test_a_card_that_dies_before_the_last_cryptogram_has_not_taken_the_approval(fault: Answer) -> None:
    bench = PaymentBench(card=PaymentTable(more={"84": fault}, second=fault).card())
    paid = bench.pay(IssuerAnswer(b"00", b"", ((BEFORE, script(*COMMANDS)),)))
    assert (paid.last.verdict, paid.last.reverse) == (Verdict.DECLINED, True)
    assert results(bench) == f"11{IDENTIFIER}"
