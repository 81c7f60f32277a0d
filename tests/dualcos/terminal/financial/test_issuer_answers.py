"""What a terminal makes of its issuer's answer, of none, and of what the card then says (PBOC-6 §7.11, §7.13).

On every card with a bank's environment (T-FIN-ONL); cards that say what ours do not, out of a table.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualcos.messages.terminal_results import CryptogramReason, Tsi, Tvr
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer, issuer_answer
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.payment_bench import (
    BANK,
    CODE,
    TELEPHONE_CODE,
    TELLING,
    PaymentBench,
    ScriptedAttendant,
    approving,
)
from tests.dualcos.terminal.financial.result_dialogues import ASKS_NOTHING, bent
from tests.dualcos.terminal.financial.table_card import GONE, MUTE, PAN, Answer, PaymentTable, as_asked, cryptogram, of

AAC, TC, ARQC = 0x00, 0x40, 0x80
APPROVED, DECLINED, ONLINE = Verdict.APPROVED, Verdict.DECLINED, Verdict.ONLINE
WRONG_ARPC = bytes(8) + b"00"


def asked(bench: PaymentBench) -> list[int]:
    """What each GENERATE AC asked for, without the bit of CDA."""
    return [each[2] & 0xC0 for each in bench.sent(0xAE)]


def table_bench(*, aip: str = "1C00", **answers: Answer | list[Answer]) -> PaymentBench:
    """``first``, ``second``: to GENERATE AC; ``external``: to EXTERNAL AUTHENTICATE. It has the right on-line codes."""
    more = {"0082": answers.pop("external")} if "external" in answers else {}
    return PaymentBench(card=PaymentTable(aip=aip, more=more, **answers).card())  # type: ignore[arg-type]  # of answers


# --- codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["00", "10", "11"])
@pytest.mark.parametrize("profile", BANK)
def test_an_approval(profile: str, code: str) -> None:
    bench = PaymentBench(profile, *TELLING)
    paid = bench.pay(lambda at: at.issuer(code))
    assert [each.verdict for each in paid.said] == [ONLINE, APPROVED]
    assert not paid.last.reverse
    assert asked(bench) == [ARQC, TC]
    assert bench.told[CODE] == paid.last.code == code.encode()
    assert Tvr.ISSUER_NOT_AUTHENTICATED not in bench.tvr
    assert Tsi.ISSUER_AUTHENTICATION in bench.tsi
    assert len(bench.sent(0x82)) == 1


@pytest.mark.parametrize("code", ["05", "51", "55", "12", "  ", "0", "XX"])
@pytest.mark.parametrize("profile", BANK)
def test_a_refusal(profile: str, code: str) -> None:
    bench = PaymentBench(profile)
    paid = bench.pay(lambda at: at.issuer(code.ljust(2)))
    assert paid.last.verdict is DECLINED
    assert not paid.last.reverse
    assert asked(bench) == [ARQC, AAC]
    assert bench.told[CODE] == code.ljust(2).encode()
    assert not bench.attendant.called  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("code", ["01", "02"])
@pytest.mark.parametrize("profile", BANK)
def test_a_referral(profile: str, code: str) -> None:
    """By telephone; a terminal without an attendant declines (PBOC-6 §7.13.5.1)."""
    for heard, verdict in ((TELEPHONE_CODE, APPROVED), (None, DECLINED)):
        bench = PaymentBench(profile)
        bench.attendant = ScriptedAttendant(heard=heard)
        paid = bench.pay(lambda at: at.issuer(code))
        assert (paid.last.verdict, paid.last.approval) == (verdict, heard or "")
        assert bench.attendant.called == [bench.record.pan]
        assert bench.told[CODE] == code.encode()
        assert not paid.last.reverse
    alone = PaymentBench(profile)
    alone.attendant = None
    assert alone.pay(lambda at: at.issuer(code)).last.verdict is DECLINED
    assert asked(alone) == [ARQC, AAC]


def test_a_card_that_declines_what_was_approved_by_telephone_reverses_nothing() -> None:
    paid = table_bench(second=cryptogram("00")).pay(IssuerAnswer(b"01"))
    assert (paid.last.verdict, paid.last.reverse, paid.last.approval) == (DECLINED, False, "")


# --- issuer authentication ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", BANK)
def test_a_wrong_arpc(profile: str) -> None:
    """TVR 5.7 goes to the card; one that declines for it makes the terminal reverse (PBOC-6 §7.13.5.2.4)."""
    bench = PaymentBench(profile, *TELLING)
    paid = bench.pay(lambda at: at.issuer(arpc=WRONG_ARPC))
    assert Tvr.ISSUER_NOT_AUTHENTICATED in bench.tvr
    assert Tsi.ISSUER_AUTHENTICATION in bench.tsi
    assert len(bench.sent(0x82)) == 1
    assert asked(bench) == [ARQC, TC]
    assert (paid.last.verdict, paid.last.reverse) in {(APPROVED, False), (DECLINED, True)}
    assert (paid.last.verdict is APPROVED) == (bench.record.card[0x9F27][0] & 0xC0 == TC)


@pytest.mark.parametrize("profile", BANK)
def test_no_arpc(profile: str) -> None:
    bench = PaymentBench(profile, *TELLING)
    paid = bench.pay(lambda at: at.issuer(arpc=b""))
    assert not bench.sent(0x82)
    assert Tvr.ISSUER_NOT_AUTHENTICATED not in bench.tvr
    assert Tsi.ISSUER_AUTHENTICATION not in bench.tsi
    assert paid.last.reverse == (paid.last.verdict is DECLINED)


@pytest.mark.parametrize("arpc", [WRONG_ARPC, b""])
@pytest.mark.parametrize("profile", BANK)
def test_a_card_that_insists_on_its_issuer_declines(profile: str, arpc: bytes) -> None:
    """Personalised to decline without, and to want advice of it (PBOC-5 §16.6, bits of 9F52)."""
    bench = PaymentBench(profile, *TELLING, "pse.elements.9F52=6600", "pse.elements.9F56=80")
    paid = bench.pay(lambda at: at.issuer(arpc=arpc))
    assert asked(bench) == [ARQC, TC]
    assert (paid.last.verdict, paid.last.reverse, paid.last.advice) == (DECLINED, True, True)
    assert not bench.record.has(Tvr.CDA_FAILED), "an AAC need not be signed (PBOC-6 §7.13.5.2.2)"


def test_a_card_that_does_not_authenticate_its_issuer_is_not_asked_to() -> None:
    bench = table_bench(aip="1800")
    assert bench.pay(IssuerAnswer(b"00", bytes(10))).last.verdict is APPROVED
    assert not bench.sent(0x82)
    assert Tsi.ISSUER_AUTHENTICATION not in bench.tsi


@pytest.mark.parametrize("word", ["6300", "6985", "6982", "6700", "6D00", "6F00"])
def test_any_word_but_9000_is_a_failure(word: str) -> None:
    bench = table_bench(external=word)
    assert bench.pay(IssuerAnswer(b"00", bytes(10))).last.verdict is APPROVED
    assert Tvr.ISSUER_NOT_AUTHENTICATED in bench.tvr


@pytest.mark.parametrize(("code", "reverse"), [("00", True), ("05", False)])
def test_6985_may_end_it(code: str, reverse: bool) -> None:
    """PBOC-6 §7.11.4.3 step 5 leaves it open."""
    bench = table_bench(external="6985")
    bench.stops_at_6985 = True
    paid = bench.pay(IssuerAnswer(code.encode(), bytes(10)))
    assert (paid.last.verdict, paid.last.reverse, paid.last.code) == (DECLINED, reverse, code.encode())
    assert len(bench.sent(0xAE)) == 1


def test_stopping_is_for_6985_alone() -> None:
    bench = table_bench(external="6300")
    bench.stops_at_6985 = True
    assert bench.pay(IssuerAnswer(b"00", bytes(10))).last.verdict is APPROVED


@pytest.mark.parametrize(("length", "sent"), [(7, False), (8, True), (10, True), (16, True), (17, False), (255, False)])
def test_data_that_are_none_are_not_sent(length: int, sent: bool) -> None:
    bench = table_bench()
    bench.pay(IssuerAnswer(b"00", bytes(length)))
    assert [each[4] for each in bench.sent(0x82)] == ([length] if sent else [])
    assert (Tvr.ISSUER_NOT_AUTHENTICATED in bench.tvr) != sent
    assert (Tsi.ISSUER_AUTHENTICATION in bench.tsi) == sent


# --- the issuer is not reached ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", BANK)
def test_every_card_where_the_issuer_is_not_reached(profile: str) -> None:
    """Over a floor limit of nothing the default codes decline; without them it is approved, if the card does."""
    bench = PaymentBench(profile)
    paid = bench.pay(None)
    assert (paid.last.verdict, paid.last.code, paid.last.reverse) == (DECLINED, b"Z3", False)
    assert (asked(bench), bench.told[CODE]) == ([ARQC, AAC], b"Z3")
    assert not bench.sent(0x82)
    bench = PaymentBench(profile, "pse.elements.9F0D=0000000000")
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING)
    paid = bench.pay(None)
    assert (asked(bench), bench.told[CODE]) == ([ARQC, TC], b"Y3")
    assert paid.last.code == (b"Y3" if paid.last.verdict is APPROVED else b"Z3")


@pytest.mark.parametrize("second", [cryptogram("00"), cryptogram("80"), "6985", MUTE, GONE, "9000"])
def test_a_card_that_does_not_take_y3(second: Answer) -> None:
    bench = PaymentBench(card=PaymentTable(elements={"9F0D": "0000000000"}, second=second).card())
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING)
    paid = bench.pay(None)
    assert (paid.last.verdict, paid.last.code, paid.last.reverse) == (DECLINED, b"Z3", False)


@pytest.mark.parametrize(("second", "verdict", "code"), [("40", APPROVED, b"Y3"), ("00", DECLINED, b"Z3")])
@pytest.mark.parametrize("kind", ["13", "16", "23", "26", "36"])
def test_what_the_card_wants_decided_on_line_and_a_terminal_never_can(
    kind: str, second: str, verdict: Verdict, code: bytes
) -> None:
    """PBOC-6 §7.11.4.1.2 step 4, §7.13.6."""
    table = PaymentTable(elements={"9F0D": "0000000000"}, first=cryptogram("80"), second=cryptogram(second))
    bench = PaymentBench(card=table.card())
    bench.data = replace(bench.data, kind=kind)
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING)
    said = bench.begin()
    assert (said.verdict, said.code) == (verdict, code)
    assert asked(bench) == [TC, TC]
    assert bench.told[CODE] == b"Y3"


# --- what the card says ---------------------------------------------------------------------------------------------

WANTED = {AAC: "9F0E", TC: "9F99", ARQC: "9F0F"}


def ask_bench(wanted: int, first: Answer) -> PaymentBench:
    """A terminal that asks for ``wanted`` first."""
    codes = {"9F0E": "0000000000", "9F0F": "0000000000"} | ({WANTED[wanted]: "FFFFFFFFFF"} if wanted != TC else {})
    return PaymentBench(card=PaymentTable(elements=codes, first=first).card())


@pytest.mark.parametrize("answered", [AAC, TC, ARQC])
@pytest.mark.parametrize("wanted", [AAC, TC, ARQC])
def test_a_card_may_only_lower_what_is_asked_for(wanted: int, answered: int) -> None:
    """PBOC-6 table 27, §7.11.4.1.2 step 3."""
    rank = [AAC, ARQC, TC]
    bench = ask_bench(wanted, cryptogram(f"{answered:02X}"))
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING)
    paid = bench.pay(IssuerAnswer(b"00"))
    assert asked(bench)[0] == wanted
    if rank.index(answered) > rank.index(wanted):
        assert paid.ended is not None
        assert paid.ended.cause is EndCause.HIGHER_CRYPTOGRAM
        assert len(bench.sent(0xAE)) == 1
    else:
        assert paid.said[0].verdict is {AAC: DECLINED, TC: APPROVED, ARQC: ONLINE}[answered]
        assert paid.said[0].code == {AAC: b"Z1", TC: b"Y1", ARQC: b""}[answered]


TC_SAID, COUNTED, AC = of(0x9F27, "40"), of(0x9F36, "0007"), "1122334455667788"
BAD_ANSWERS: dict[str, Answer] = {
    "a word": "6985",
    "a warning": cryptogram("40")[:-4] + "6281",
    "nothing": "9000",
    "no TLV": "80FF9000",
    "RFU": cryptogram("C0"),
    "short": of(0x80, "40", "0007", AC[:-2]) + "9000",
    "no kind": of(0x77, COUNTED, of(0x9F26, AC)) + "9000",
    "no cryptogram": of(0x77, TC_SAID, COUNTED) + "9000",
    "short cryptogram": of(0x77, TC_SAID, COUNTED, of(0x9F26, AC[:-2])) + "9000",
    "no counter": of(0x77, TC_SAID, of(0x9F26, AC)) + "9000",
    "short counter": of(0x77, TC_SAID, of(0x9F36, "07"), of(0x9F26, AC)) + "9000",
    "a signature that nobody asked for": of(0x77, TC_SAID, COUNTED, of(0x9F4B, AC)) + "9000",
    "mute": MUTE,
    "gone": GONE,
}


def test_it_is_an_answer_in_the_other_format_but_for_what_is_wrong() -> None:
    good = of(0x77, TC_SAID, COUNTED, of(0x9F26, AC), of(0x9F10, "07010103A0000001")) + "9000"
    assert table_bench(second=good).pay(IssuerAnswer(b"00")).last.verdict is APPROVED


@pytest.mark.parametrize("bad", BAD_ANSWERS)
def test_what_is_no_answer_to_the_first(bad: str) -> None:
    paid = table_bench(first=BAD_ANSWERS[bad]).pay(IssuerAnswer(b"00"))
    assert paid.ended is not None
    assert paid.ended.cause in (EndCause.CRYPTOGRAM, EndCause.NO_CARD, EndCause.NO_ANSWER)


@pytest.mark.parametrize("bad", [*BAD_ANSWERS, "ARQC"])
def test_what_is_no_answer_to_the_second_is_a_decline_and_what_was_booked_is_reversed(bad: str) -> None:
    """PBOC-4 §6.2.12.5."""
    answer = BAD_ANSWERS.get(bad, cryptogram("80"))
    for code, reverse in (("00", True), ("11", True), ("05", False)):
        paid = table_bench(second=answer).pay(IssuerAnswer(code.encode()))
        assert (paid.last.verdict, paid.last.reverse, paid.last.code) == (DECLINED, reverse, code.encode()), code


@pytest.mark.parametrize("answered", ["00", "40", "80"])
def test_a_refusal_is_one_whatever_the_card_answers(answered: str) -> None:
    """PBOC-6 §7.13.5.2.3, §7.13.6.3.1."""
    for answer, code in ((IssuerAnswer(b"51"), b"51"), (None, b"Z3")):
        paid = table_bench(second=cryptogram(answered)).pay(answer)
        assert (paid.last.verdict, paid.last.reverse, paid.last.code) == (DECLINED, False, code)


def test_an_approval_that_the_card_declines_is_reversed() -> None:
    paid = table_bench(second=cryptogram("00")).pay(IssuerAnswer(b"00", approval="123456"))
    assert (paid.last.verdict, paid.last.reverse, paid.last.code) == (DECLINED, True, b"00")


@pytest.mark.parametrize("reason", CryptogramReason)
@pytest.mark.parametrize("advice", [False, True])
def test_the_cards_reason_and_its_wish_for_advice_go_with_the_verdict(reason: CryptogramReason, advice: bool) -> None:
    """9F27 (PBOC-5 table B.9): what is shown is declined, or service not allowed (PBOC-6 §7.13.4)."""
    said = f"{reason.value.code | (8 if advice else 0):02X}"
    for bench in (table_bench(first=cryptogram(said)), table_bench(second=cryptogram(said))):
        paid = bench.pay(IssuerAnswer(b"00"))
        assert (paid.last.verdict, paid.last.reason, paid.last.advice) == (DECLINED, reason, advice)


def test_other_values_of_a_reason_are_none() -> None:
    assert {CryptogramReason.of(value) for value in range(4, 8)} == {CryptogramReason.NONE}


# --- CDA ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["22", "23"])
def test_a_signature_that_fails_with_the_first_declines(kind: str) -> None:
    """A TC is declined at once, an ARQC is not sent and AAC asked for (PBOC-6 §7.13.4, table 36)."""
    bench = PaymentBench("bank-cda", *TELLING, "pse.elements.9F0F=0000000000", "pse.elements.9F0D=0000000000")
    bench.data = replace(bench.data, kind=kind)
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING if kind == "23" else bench.parameters.tac)
    bent("80AE", bench)
    paid = bench.pay(approving)
    assert [each.verdict for each in paid.said] == [DECLINED]
    assert paid.last.code == b"Z1"
    assert asked(bench)[-1] == AAC
    assert bench.told[CODE] == b"Z1"
    assert Tvr.CDA_FAILED in bench.tvr


def test_a_signature_that_fails_with_the_second_reverses_what_was_approved() -> None:
    bench = PaymentBench("bank-cda", *TELLING)
    bench.begin()
    bent("80AE", bench)
    said = bench.kernel.complete(bench.issuer())
    assert (said.verdict, said.reverse, said.code) == (DECLINED, True, b"00")
    assert bench.sent(0xAE)[1][2] == 0x50
    assert bench.record.has(Tvr.CDA_FAILED)


def test_a_signature_is_asked_for_with_tc_and_arqc_alone() -> None:
    bench = PaymentBench("bank-cda")
    bench.pay(lambda at: at.issuer("05"))
    assert [each[2] for each in bench.sent(0xAE)] == [0x90, 0x00]


# --- out of a message ------------------------------------------------------------------------------------------------


def test_a_whole_answer_out_of_field_55() -> None:
    told = issuer_answer("00", bytes.fromhex("910A" + "11" * 8 + "3030" + "7105860384FF00" + "72029F18"), "654321")
    assert told == IssuerAnswer(
        b"00", bytes.fromhex("11" * 8 + "3030"), ((0x71, bytes.fromhex("860384FF00")), (0x72, b"\x9f\x18")), "654321"
    )


@pytest.mark.parametrize(
    ("chip", "scripts"),
    [
        ("910A" + "11" * 10 + "7230860484", ((0x72, b""),)),
        ("910A" + "11" * 10 + "72", ((0x72, b""),)),
        ("910A" + "11" * 10 + "7183", ((0x71, b""),)),
        ("910A" + "11" * 10 + "9F", ()),
        ("910A" + "11" * 10 + "8A03", ()),
    ],
)
def test_what_breaks_off_loses_nothing_before_it(chip: str, scripts: tuple[tuple[int, bytes], ...]) -> None:
    """A script that came and cannot be read is told as one that was not carried out (PBOC-6 §7.12.4.1)."""
    told = issuer_answer("00", bytes.fromhex(chip))
    assert told.authentication == b"\x11" * 10
    assert told.scripts == scripts


# --- order ----------------------------------------------------------------------------------------------------------


def test_each_step_is_done_once_and_in_order() -> None:
    bench = table_bench()
    with pytest.raises(ValueError, match="no application"):
        bench.kernel.begin()
    with pytest.raises(ValueError, match="does not wait"):
        bench.kernel.complete(IssuerAnswer(b"00"))
    bench.begin()
    with pytest.raises(ValueError, match="has begun"):
        bench.kernel.begin()
    assert bench.kernel.complete(IssuerAnswer(b"05")).verdict is DECLINED
    with pytest.raises(ValueError, match="does not wait"):
        bench.kernel.complete(IssuerAnswer(b"00"))
    with pytest.raises(ValueError, match="does not wait"):
        bench.kernel.give_up()
    assert len(bench.sent(0xAE)) == 2


@pytest.mark.parametrize("first", [cryptogram("00"), cryptogram("40")])
def test_a_transaction_that_is_decided_off_line_waits_for_nobody(first: str) -> None:
    bench = ask_bench(TC, first)
    bench.parameters = replace(bench.parameters, tac=ASKS_NOTHING)
    bench.begin()
    with pytest.raises(ValueError, match="does not wait"):
        bench.kernel.complete(IssuerAnswer(b"00"))


def test_the_referral_says_whose_account_it_is() -> None:
    bench = table_bench(second=as_asked)
    bench.pay(IssuerAnswer(b"02"))
    assert bench.attendant is not None
    assert bench.attendant.called == [PAN.rstrip("F")]
