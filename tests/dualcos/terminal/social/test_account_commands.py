"""The account's commands byte for byte, with the published numbers of one transaction (SSC-7 §11, §12; DES, SM4)."""

from __future__ import annotations

import pytest

from apdu.status import SW
from cos.ssse.tables.table_model import SocialAlgorithm, Version
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.purchase_steps import (
    AccountBalances,
    LoggedTransaction,
    OrderAmounts,
    balances,
    begin_load,
    begin_settlement,
    credit,
    debit,
    log_entry,
    sequence_of,
    transaction_proof,
)
from dualcos.terminal.social.security_path import PurchaseBegun
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.medical_macs import TYPE_SETTLEMENT

SELECT = "00A4040006D15600000503"
TERMINAL, TIME = bytes.fromhex("310100000001"), bytes.fromhex("20240115093000")
ORDER = OrderAmounts(0x3E8, 0xC8, 0x7D0)
TERMINAL_SEQUENCE = bytes.fromhex("00000005")
BEGUN = "00002710" + "00000000" * 2 + "2024" + "0001" + "0100" + "C7D1042E"


class ScriptedCard:
    """Answers what is written down, in order, and demands the commands."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        self.lines = list(lines)

    def power_on(self) -> bytes:
        raise AssertionError("not asked for")

    reset = power_on

    def power_off(self) -> None:
        """Nothing to do."""

    def exchange(self, command: bytes) -> bytes:
        wanted, answer = self.lines.pop(0)
        assert command.hex().upper() == wanted
        return bytes.fromhex(answer)


def at(*lines: tuple[str, str]) -> CardAtTerminal:
    environment = CardEnvironment(b"", bytes(13), SocialAlgorithm.DES, Version.V2, {})
    return CardAtTerminal(ScriptedCard((SELECT, "9000"), *lines), environment, None, None)


@pytest.mark.parametrize(
    ("mac1", "mac2", "tac"), [("64D65654", "E5A233B9", "90632E4A"), ("4FF135B5", "857F438D", "A0096735")]
)
def test_a_settlement(mac1, mac2, tac):
    card = at(
        ("B02801011301" + "000003E8000000C8000007D0" + "310100000001", BEGUN + "9000"),
        ("B02C01000F" + "00000005" + "20240115093000" + mac1, tac + mac2 + "9000"),
        ("B02E0032020001" + "08", mac2 + tac + "9000"),
        ("B02E0032020002" + "08", "9406"),
    )
    asked = begin_settlement(card, ORDER, TERMINAL, TIME, 1)
    assert (sequence_of(asked).hex(), asked.row.name, asked.order[:3]) == ("0001", "DPK01", ORDER)
    debited = debit(card, PurchaseBegun(TERMINAL_SEQUENCE, TIME, bytes.fromhex(mac1)))
    assert (debited.tac.hex().upper(), debited.mac2.hex().upper()) == (tac, mac2)
    proof = transaction_proof(card, TYPE_SETTLEMENT, sequence_of(asked))
    assert proof == (debited.mac2, debited.tac)
    assert transaction_proof(card, TYPE_SETTLEMENT, b"\x00\x02") is None


@pytest.mark.parametrize(
    ("mac1", "mac2", "tac"), [("13DF64A7", "47A161AB", "209C974E"), ("4CD5951F", "13A196FC", "0E79216E")]
)
def test_a_load(mac1, mac2, tac):
    card = at(
        ("B02800010B01" + "00001388" + "310100000001", "0000271000010100C7D1042E" + mac1 + "9000"),
        ("B02A00000B" + "20240115093000" + mac2, tac + "9000"),
    )
    begun = begin_load(card, 0x1388, TERMINAL, 1)
    assert (begun.balance, begun.sequence.hex(), begun.version) == (0x2710, "0001", 1)
    assert (begun.random.hex().upper(), begun.mac1.hex().upper()) == ("C7D1042E", mac1)
    assert credit(card, TIME, bytes.fromhex(mac2)).hex().upper() == tac


def test_balances():
    card = at(
        ("B0260001" + "04", "000023289000"),
        ("B0260002" + "06", "000000C820249000"),
        ("B0260003" + "06", "000007D020249000"),
    )
    assert balances(card) == AccountBalances(0x2328, 0xC8, 0x7D0, "2024")


def test_log_records_of_both_lengths():
    """14 (hex) bytes in an account without the two parts (SSC-7 §12)."""
    head = "0001" + "32" + "310100000001" + "20240115093000"
    told = "0001", "32", "310100000001", "20240115093000"
    full = log_entry(bytes.fromhex(head + "000003E8" + "000000C8" + "000007D0"))
    assert full == LoggedTransaction(*told, 0x3E8, 0xC8, 0x7D0)
    assert log_entry(bytes.fromhex(head + "000003E8")) == LoggedTransaction(*told, 0x3E8, None, None)


@pytest.mark.parametrize(
    ("act", "command", "answer"),
    [
        (lambda card: begin_settlement(card, ORDER, TERMINAL, TIME, 1), "B028010113", BEGUN[:-2]),
        (lambda card: begin_load(card, 1, TERMINAL, 1), "B02800010B", "00" * 15),
        (lambda card: debit(card, PurchaseBegun(bytes(4), TIME, bytes(4))), "B02C01000F", "00" * 9),
        (lambda card: credit(card, TIME, bytes(4)), "B02A00000B", "00" * 3),
        (lambda card: transaction_proof(card, TYPE_SETTLEMENT, b"\0\1"), "B02E003202", "00" * 7),
        (balances, "B026000104", "00" * 5),
    ],
)
def test_an_answer_of_another_length_is_none(act, command, answer):
    card = at()
    card.card.exchange = lambda sent: bytes.fromhex(
        answer + "9000" if sent.hex().upper().startswith(command) else "9000"
    )
    with pytest.raises(TerminalStopped) as stopped:
        act(card)
    assert stopped.value.cause is StopCause.LENGTH


@pytest.mark.parametrize("amounts", [(-1, 0, 0), (0, -1, 0), (0, 0, 1 << 32)])
def test_amounts_that_do_not_fit_are_not_sent(amounts):
    with pytest.raises(TerminalStopped) as stopped:
        begin_settlement(at(), OrderAmounts(*amounts), TERMINAL, TIME, 1)
    assert stopped.value.cause is StopCause.AMOUNT
    with pytest.raises(TerminalStopped) as stopped:
        begin_load(at(), sum(amounts), TERMINAL, 1)
    assert stopped.value.cause is StopCause.AMOUNT


def test_a_key_index_that_no_card_has():
    with pytest.raises(TerminalStopped) as stopped:
        begin_settlement(at(), ORDER, TERMINAL, TIME, 4)
    assert stopped.value.sw == SW.KEY_INDEX_NOT_SUPPORTED
