"""Answers that decide are read in one way: one template, each data object once, the kind that was signed (PBOC-5 B.6;
PBOC-7 §5.3.6).
"""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tvr
from dualcos.profile.published_test_keys import rsa_test_keys
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer, issuer_answer
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.payment_bench import DEBIT, Payment, PaymentBench
from tests.dualcos.terminal.financial.signed_by_others import signed_dynamic_data
from tests.dualcos.terminal.financial.signed_table import ATC, CRYPTOGRAM, ISSUER_DATA, SignedTable
from tests.dualcos.terminal.financial.table_card import PaymentTable, cryptogram, of

NUMBER = "01020304"
"""9F37 of the bench."""
CID_TC, CID_AAC, CID_ARQC = "40", "00", "80"
TOLD = {"9F27": CID_TC, "9F36": ATC, "9F10": ISSUER_DATA}
NO_CODES = {"9F0D": "0000000000", "9F0E": "0000000000", "9F0F": "0000000000"}


def objects(*pairs: tuple[str, str]) -> str:
    return "".join(of(int(tag, 16), value) for tag, value in pairs)


def signing(
    clear: str,
    cid: str,
    *,
    aip: str = "0100",
    at: int = 1,
    dynamic: str = f"02{ATC}",
    front: str = "",
    behind: str = "",
) -> PaymentBench:
    """A card whose ``at``-th answer to GENERATE AC has these objects in clear, and ``cid`` signed over them."""
    table = SignedTable(aip, record=NO_CODES)
    card = table.card()
    sent: list[bytes] = []
    key = rsa_test_keys("test-rsa").card
    primes = int(key.p, 16), int(key.q, 16)

    def bend(command: bytes, answer: bytes) -> bytes:
        if command[1] != 0xAE:
            return answer
        sent.append(command[5 : 5 + command[4]])
        if len(sent) != at:
            return answer
        signature = signed_dynamic_data(
            primes,
            bytes.fromhex(dynamic + cid + CRYPTOGRAM),
            b"".join(sent) + bytes.fromhex(clear),
            bytes.fromhex(NUMBER),
        )
        return bytes.fromhex(of(0x77, front + clear, of(0x9F4B, signature), behind) + "9000")

    bench = PaymentBench(card=card)
    bench.card.bend = bend
    floor = 0 if aip == "0900" else 100_000
    bench.parameters = AidParameters(DEBIT, floor_limit=floor, target_percent=0, most_target_percent=0)
    return bench


def paid(bench: PaymentBench) -> Payment:
    return bench.pay(lambda at: at.issuer(arpc=b""))


def cause(payment: Payment) -> EndCause | None:
    return None if payment.ended is None else payment.ended.cause


# --- CDA; what is signed was computed without the module that checks it ----------------------------------------------


@pytest.mark.parametrize("front", ["", "00", "0000"])
@pytest.mark.parametrize("behind", ["", "00"])
def test_a_signature_made_by_others_holds_fill_bytes_or_not(front: str, behind: str) -> None:
    bench = signing(objects(*TOLD.items()), CID_TC, front=front, behind=behind)
    assert paid(bench).last.verdict is Verdict.APPROVED
    assert bench.record.card[0x9F26].hex() == CRYPTOGRAM


def test_a_tc_in_clear_beside_another_that_was_signed_is_read_by_nobody() -> None:
    """The kind stands twice: neither is taken, with the first cryptogram or the second."""
    clear = objects(("9F27", CID_TC), ("9F27", CID_AAC), ("9F36", ATC), ("9F10", ISSUER_DATA))
    assert cause(paid(signing(clear, CID_AAC))) is EndCause.CRYPTOGRAM
    clear = objects(("9F27", CID_TC), ("9F27", CID_ARQC), ("9F36", ATC), ("9F10", ISSUER_DATA))
    last = paid(signing(clear, CID_ARQC, aip="0900", at=2)).last
    assert (last.verdict, last.code, last.reverse) == (Verdict.DECLINED, b"00", True)


@pytest.mark.parametrize("signed", [CID_AAC, CID_ARQC])
def test_what_was_signed_is_what_the_card_has_said(signed: str) -> None:
    bench = signing(objects(*TOLD.items()), signed)
    assert paid(bench).last.verdict is Verdict.DECLINED
    assert bench.record.has(Tvr.CDA_FAILED)


def test_an_answer_that_somebody_wraps_again_is_none() -> None:
    """A template in front, in which the signature's tag swallows the head of the right one."""
    bench = signing(objects(*TOLD.items()), CID_TC)
    inner = bench.card.bend
    assert inner is not None

    def wrapped(command: bytes, answer: bytes) -> bytes:
        right = inner(command, answer)
        if command[1] != 0xAE:
            return right
        content = tlv.find(right[:-2], 0x77)
        assert content is not None
        head = len(right) - 2 - len(content)
        swallowing = b"\x9f\x4b" + bytes((8 + head,)) + bytes(8)
        return b"\x80" + bytes((len(swallowing),)) + swallowing + right

    bench.card.bend = wrapped
    assert cause(paid(bench)) is EndCause.CRYPTOGRAM


@pytest.mark.parametrize(("length", "holds"), [(0, False), (1, False), (2, True), (8, True), (9, False)])
def test_a_dynamic_number_has_two_to_eight_bytes(length: int, *, holds: bool) -> None:
    """PBOC-7 table 17."""
    bench = signing(objects(*TOLD.items()), CID_TC, dynamic=f"{length:02X}" + "AB" * length)
    assert (paid(bench).last.verdict is Verdict.APPROVED) is holds
    assert bench.record.has(Tvr.CDA_FAILED) is not holds


def test_of_a_second_answer_that_is_not_proved_nothing_is_kept() -> None:
    """The reversal needs what the issuer was asked with (PBOC-4 §6.2.12.5)."""
    bench = signing(objects(*TOLD.items()), CID_AAC, aip="0900", at=2)
    assert paid(bench).last.reverse
    assert (bench.record.card[0x9F27].hex(), bench.record.card[0x9F26].hex()) == (CID_ARQC, CRYPTOGRAM)


# --- without a signature ---------------------------------------------------------------------------------------------

AC = "1122334455667788"
PLAIN = of(0x80, CID_TC, ATC, AC, ISSUER_DATA)
WHOLE = objects(("9F27", CID_TC), ("9F36", ATC), ("9F26", AC), ("9F10", ISSUER_DATA))
AMBIGUOUS = {
    "two templates": PLAIN + of(0x77, of(0x9F27, CID_AAC)),
    "the same template twice": PLAIN + PLAIN,
    "a kind twice": of(0x77, of(0x9F27, CID_TC), WHOLE),
    "a cryptogram twice": of(0x77, WHOLE, of(0x9F26, AC)),
    "an unknown one twice": of(0x77, WHOLE, of(0xDF01, "01"), of(0xDF01, "01")),
    "an object behind": of(0x77, WHOLE) + of(0x9F27, CID_AAC),
    "two CIDs in one": of(0x77, WHOLE.replace("9f270140", "9f27024000")),
    "no kind of cryptogram": of(0x77, WHOLE.replace("9f270140", "9f2701c0")),
    "too much of the issuer's": of(0x80, CID_TC, ATC, AC, "07" * 33),
    "another counter than before": of(0x80, CID_TC, "0008", AC, ISSUER_DATA),
    "a counter of three bytes": of(0x77, WHOLE.replace("9f36020007", "9f3603000007")),
}


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in AMBIGUOUS.items()])
def test_a_second_answer_that_can_be_read_in_two_ways_is_a_decline_and_reversed(answer: str) -> None:
    last = PaymentBench(card=PaymentTable(second=answer + "9000").card()).pay(IssuerAnswer(b"00")).last
    assert (last.verdict, last.reverse) == (Verdict.DECLINED, True)


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN,
        "00" + PLAIN + "0000",
        of(0x77, "00", WHOLE, "00"),
        of(0x77, WHOLE.replace("9f3602", "009f3602"), of(0xDF01, "01")),
        of(0x80, CID_TC, ATC, AC, "07" * 32),
    ],
)
def test_fill_bytes_mean_nothing(answer: str) -> None:
    """EMV book 3 annex B1; and 32 bytes of the issuer's are not too many."""
    last = PaymentBench(card=PaymentTable(second=answer + "9000").card()).pay(IssuerAnswer(b"00")).last
    assert last.verdict is Verdict.APPROVED


def test_fill_bytes_mean_nothing_in_what_comes_from_the_issuer() -> None:
    told = issuer_answer("00", bytes.fromhex("00910A" + "11" * 8 + "3030" + "0000" + "720000"))
    assert (told.authentication.hex(), told.scripts) == ("11" * 8 + "3030", ((0x72, b""),))
    script = bytes.fromhex("009F180401020304" + "00" + "860484240000" + "00")
    bench = PaymentBench(card=PaymentTable(more={"8424": "9000"}).card())
    bench.pay(IssuerAnswer(b"00", b"", ((0x72, script),)))
    assert [each.hex() for each in bench.sent(0x24)] == ["84240000"]


@pytest.mark.parametrize(("answer", "tries"), [("009F170103", 3), ("9F17010300", 3), ("9F1701039F170102", None)])
def test_a_counter_is_one_data_object(answer: str, tries: int | None) -> None:
    table = PaymentTable(elements={"8E": "00" * 8 + "0100"}, more={"80CA9F17": answer + "9000"})
    bench = PaymentBench(card=table.card())
    bench.begin()
    assert bench.pad is not None
    assert [left for _, left in bench.pad.asked] == [tries]  # type: ignore[attr-defined]  # a scripted one


@pytest.mark.parametrize(
    "options", [of(0x80, "1C00", "08010100") * 2, of(0x77, of(0x82, "1C00") * 2, of(0x94, "08010100"))]
)
def test_processing_options_are_read_in_one_way(options: str) -> None:
    assert cause(PaymentBench(card=PaymentTable(more={"80A8": options + "9000"}).card()).pay()) is EndCause.FORMAT


def test_the_same_counter_goes_through_the_transaction() -> None:
    table = PaymentTable(first=cryptogram(CID_ARQC, atc="0009"), second=cryptogram(CID_TC, atc="0009"))
    assert PaymentBench(card=table.card()).pay(IssuerAnswer(b"00")).last.verdict is Verdict.APPROVED
