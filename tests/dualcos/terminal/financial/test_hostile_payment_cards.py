"""Whatever a card answers, a payment comes to an end: a verdict, or a cause that can be told.

And nothing is approved that the card's last cryptogram does not approve.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu import tlv
from dualcos.lab.faults import fault_script
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.cryptogram_oracle import said_cid
from tests.dualcos.terminal.financial.payment_bench import Payment, PaymentBench
from tests.dualcos.terminal.financial.signed_table import SignedTable
from tests.dualcos.terminal.financial.table_card import PaymentTable, TableCard, of

ATR = bytes.fromhex("3B00")
LISTED = "0000000000000000410342031E031F00"
MOST = 4000
"""Commands of one payment; a right card is asked for forty."""
_WORDS = ("9000", "6100", "6110", "6C00", "6CFF", "6283", "6A83", "63C1")
WORDS = st.sampled_from([bytes.fromhex(each) for each in _WORDS])
APPROVAL = IssuerAnswer(b"00", bytes(10), ((0x72, bytes.fromhex("9F180400000001860484240000")),))
"""Of an issuer who does not look at the card's cryptogram."""


def paid(bench: PaymentBench) -> Payment:
    """It comes to an end, and what is approved the card has approved."""
    payment = bench.pay(APPROVAL)
    assert (payment.ended is not None) or payment.verdict in (Verdict.APPROVED, Verdict.DECLINED)
    assert len(bench.card.passed) < MOST
    if payment.verdict is Verdict.APPROVED:
        assert _last_kind(bench) == 0x40
    return payment


def _last_kind(bench: PaymentBench) -> int:
    """Of the last answer, put together whole; -1 where it is none, or not signed though CDA was asked for."""
    passed = [each for each in bench.card.passed if each.command[1] in (0xAE, 0xC0)]
    last = max(at for at, each in enumerate(passed) if each.command[1] == 0xAE)
    data = b"".join(each.answer[:-2] for each in passed[last:])
    cid = said_cid(data, signed=bool(passed[last].command[2] & 0x10))
    return -1 if cid is None else cid & 0xC0


@st.composite
def bends(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """One way in which an answer is not what it was."""
    kind = draw(st.sampled_from(["other", "cut", "byte", "longer", "twice", "word", "nothing"]))
    place, byte = draw(st.integers(0, 300)), draw(st.integers(1, 255))
    other, word = draw(st.binary(max_size=60)), draw(WORDS)

    def bend(answer: bytes) -> bytes:
        data, sw = answer[:-2], answer[-2:]
        if kind == "byte" and data:
            place_in = place % len(data)
            data = data[:place_in] + bytes((data[place_in] ^ byte,)) + data[place_in + 1 :]
        ways = {
            "other": other + sw,
            "cut": data[: place % (len(data) + 1)] + sw,
            "longer": data + other + sw,
            "twice": data + data + sw,
            "word": data + word,
            "nothing": other[:1],
        }
        return ways.get(kind, data + sw)

    return bend


CARDS = st.sampled_from(
    [
        SignedTable("7D00", record={"8E": LISTED}, more={"0020": "63C2"}, atr=ATR),
        SignedTable("7C00", record={"8E": LISTED, "9F14": "01", "9F23": "02"}, atr=ATR),
        PaymentTable("7C00", elements={"8E": LISTED}, atr=ATR),
    ]
)


@settings(max_examples=150)
@given(CARDS, st.dictionaries(st.integers(0, 20), bends(), min_size=1, max_size=3))
def test_a_card_whose_answers_are_bent(
    table: SignedTable | PaymentTable, bent: dict[int, Callable[[bytes], bytes]]
) -> None:
    """Some of its answers, early or late."""
    bench = PaymentBench(card=table.card())
    turn = count()
    bench.card.bend = lambda _command, answer: bent.get(next(turn), lambda same: same)(answer)
    paid(bench)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.binary(max_size=40), WORDS), min_size=1, max_size=12), st.binary(max_size=20))
def test_a_card_that_says_anything(answers: list[tuple[bytes, bytes]], atr: bytes) -> None:
    """To every command, in turn, and as its ATR."""
    turn = count()
    bench = PaymentBench(card=TableCard({}, atr))
    bench.card.bend = lambda _command, _answer: b"".join(answers[next(turn) % len(answers)])
    paid(bench)


@pytest.mark.parametrize("script", sorted(fault_script.shipped()))
@pytest.mark.parametrize("name", ["dual-2.0-3des", "bank-dda"])
def test_every_fault_script_of_the_laboratory(script: str, name: str) -> None:
    rules = [each for each in fault_script.load(script).rules if each.event == "command"]
    paid(PaymentBench(name, faults=rules))


@pytest.mark.parametrize("more", ["61FF", "6100", "00" * 200 + "6101", "6C00", "6CFF"])
def test_a_card_that_never_says_the_last_of_anything(more: str) -> None:
    """Every command is answered so, and so is what fetches the rest; then all but what comes before each step."""
    assert PaymentBench(card=TableCard({"": more}, ATR)).pay().ended is not None
    for command in ("00A40400", "80A8", "00B2", "80AE"):
        bench = PaymentBench(card=PaymentTable(atr=ATR, more={command: more, "00B2010C": more, "00C0": more}).card())
        assert bench.pay().ended is not None
        assert len(bench.card.passed) < MOST


def test_the_longest_locator_of_all_is_read_to_its_end_and_not_further() -> None:
    """255 records, more than any issued card has; a holder waits for each."""
    for entry, most in (("5801FE00", 255), ("5801FF00", None)):
        answers = {"80A8": of(0x80, "0000", "08010100" + entry) + "9000", "00B2": "9000"}
        bench = PaymentBench(card=PaymentTable(more=answers).card())
        ended = bench.pay().ended
        assert len(bench.sent(0xB2)) == (most or 0)
        assert (ended is None) == (most is not None)
    bench = PaymentBench(card=PaymentTable(more={"80A8": of(0x80, "0000", "08010100" * 64) + "9000"}).card())
    ended = bench.pay().ended
    assert ended is not None
    assert ended.cause is EndCause.FORMAT


@pytest.mark.parametrize("pieces", [1, 3])
def test_templates_in_templates_are_followed_as_far_as_a_record_goes(pieces: int) -> None:
    """And a record that comes in more than one piece is none, however deep it goes."""
    nested = b""
    for _ in range(90 * pieces):
        nested = tlv.encode(0xE1, nested)
    record = tlv.encode(0x70, nested)
    parts = [record[at : at + 250] for at in range(0, len(record), 250)]
    answers = [each.hex() + ("9000" if at == len(parts) - 1 else "61FA") for at, each in enumerate(parts)]
    rows = {"00B2010C": answers[0], "00C0": answers[1:] or ["6F00"]}
    ended = PaymentBench(card=PaymentTable(atr=ATR, more=rows).card()).pay().ended
    assert ended is not None
    assert ended.cause is (EndCause.MISSING if pieces == 1 else EndCause.FORMAT)
