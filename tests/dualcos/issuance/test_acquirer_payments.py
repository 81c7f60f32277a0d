"""Payments at the acquirer: the issuer's answer comes back whole, originals are found, nothing is booked twice."""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.issuance.acquirer.acquired_transaction import MessageStanding
from dualcos.issuance.acquirer.acquirer_day import business_day, is_cutting_over
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.batch_records import BatchName, BatchTotals
from dualcos.issuance.acquirer.batch_totals import totals_of
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisationRequest, IssuerRequest
from dualcos.messages.line_keys import LineKeyRole
from dualcos.messages.pos_messages import POS_MESSAGES, pos_message
from dualcos.messages.pos_subfields import joined, parted
from dualcos.sqlitefile.double_entry_books import BooksError
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.demonstration_bank import AGREED_MERCHANT
from tests.dualcos.issuance.test_acquirer_front import PROFILE, moved
from tests.terminal_at_front import MERCHANT, TERMINAL, TerminalAtFront, original

BATCH = BatchName(TERMINAL, MERCHANT, "000001")


def paid(terminal: TerminalAtFront, amount: int = 10_000) -> tuple[AcquirerMessage, AcquirerMessage]:
    message = terminal.pays("purchase", amount)
    answer = terminal.ask(message)
    assert answer.text(39) == "00"
    return message, answer


def test_a_purchase_comes_back_with_all_that_terminals_need(acquirer, terminal):
    message, answer = paid(terminal)
    kind = pos_message(message)
    assert kind is not None
    assert kind.wrong_answer_fields(answer) == ""
    assert {number: answer.text(number) for number in (2, 3, 4, 11, 12, 13, 15, 32, 39, 41, 42, 44, 49)} == {
        2: terminal.card.pan,
        3: "000000",
        4: "000000010000",
        11: message.text(11),
        12: "093000",
        13: "0115",
        15: "0115",
        32: "00010000",
        39: "00",
        41: terminal.number,
        42: terminal.merchant,
        44: "62000000   00010000   ",
        49: "156",
    }
    assert (len(answer.text(37)), len(answer.text(38))) == (12, 6)
    assert tlv.find(answer.raw(55), 0x91) == terminal.card.expected("00")
    assert parted(63, answer.text(63)) == {"operator": "CUP"}
    assert terminal.seal_holds
    assert moved(acquirer) == 10_000


def test_a_balance_is_told_and_moves_nothing(acquirer, terminal):
    answer = terminal.ask(terminal.pays("balance"))
    told = parted(54, answer.text(54))
    assert {name: told[name] for name in ("amount_kind", "currency", "sign", "amount")} == {
        "amount_kind": "01", "currency": "156", "sign": "C", "amount": "000001000000"
    }  # fmt: skip
    assert told["amount_kind_2"] == "02"
    assert moved(acquirer) == 0


def test_the_pin_passes_from_the_terminals_key_to_the_issuers(terminal):
    assert terminal.code(terminal.pays("withdrawal", 10_000, terminal.with_pin("654321"))) == "55"
    assert terminal.code(terminal.pays("withdrawal", 10_000)) == "00"


@pytest.mark.parametrize(
    ("security", "code"),
    [("2600000000000000", "00"), ("1600000000000000", "99"), ("2000000000000000", "99"), ("2610000000000000", "40")],
)
def test_a_pin_block_must_be_of_the_form_that_is_passed_on(terminal, security, code):
    assert terminal.code(terminal.pays("withdrawal", 10_000, {53: security})) == code


def test_a_new_pin_passes_too(terminal):
    change = terminal.pays("PIN change", 0, {62: terminal.with_pin("246810")[52], 55: terminal.card.chip(0, T9C="70")})
    assert terminal.code(change) == "00"
    assert terminal.code(terminal.pays("withdrawal", 10_000)) == "55"
    assert terminal.code(terminal.pays("withdrawal", 10_000, terminal.with_pin("246810"))) == "00"


def test_the_same_message_again_has_the_same_answer_and_is_booked_once(acquirer, terminal):
    message, answer = paid(terminal)
    assert terminal.ask(message) == answer
    terminal.signed_on()
    assert terminal.ask(message.having({64: bytes(8)})).having({64: None}) == answer.having({64: None})
    assert moved(acquirer) == 10_000
    assert terminal.code(message.having({4: "000000010001"})) == "94"
    assert moved(acquirer) == 10_000


def test_a_void_takes_a_purchase_back_once(acquirer, terminal):
    message, answer = paid(terminal)
    void = terminal.takes_back("void", message, answer, 10_000)
    assert terminal.code(void.having({2: "6299990000000000210"})) == "63"
    assert terminal.code(terminal.takes_back("void", message, answer, 9_999)) == "64"
    assert terminal.code(terminal.takes_back("void", message, answer.having({37: "0" * 12}), 10_000)) == "25"
    assert terminal.code(terminal.takes_back("void", void, answer, 10_000)) == "25"
    assert moved(acquirer) == 10_000
    voided = terminal.takes_back("void", message, answer, 10_000)
    assert terminal.code(voided) == "00"
    assert moved(acquirer) == 0
    assert terminal.code(terminal.takes_back("void", message, answer, 10_000)) == "12"
    assert terminal.code(terminal.reverses(voided)) == "00"
    assert moved(acquirer) == 10_000
    assert terminal.code(terminal.takes_back("void", message, answer, 10_000)) == "00"
    assert moved(acquirer) == 0


@pytest.mark.parametrize("reason", ["98", "96"])
def test_what_was_voided_and_reversed_does_not_come_back_with_its_void_reversed(acquirer, terminal, reason):
    """It was answered 00 that it is reversed, and so it stays."""
    message, answer = paid(terminal)
    void = terminal.takes_back("void", message, answer, 10_000)
    assert terminal.code(void) == "00"
    assert terminal.code(terminal.reverses(message)) == "00"
    assert totals_of(acquirer.books.of_batch(BATCH)) == BatchTotals(debit=10_000, debits=1, credit=10_000, credits=1)
    assert terminal.code(terminal.reverses(void, reason)) == "00"
    assert moved(acquirer) == 0
    assert terminal.code(terminal.reverses(message, reason)) == "00"
    assert moved(acquirer) == 0
    assert totals_of(acquirer.books.of_batch(BATCH)) == BatchTotals()


def test_a_void_is_of_its_own_day():
    times = ["20260115225959"]
    acquirer = demonstration_line([PROFILE], now=lambda: times[-1])
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    message, answer = paid(terminal)
    assert answer.text(15) == "0115"
    times.append("20260115230000")
    assert terminal.code(terminal.takes_back("void", message, answer, 10_000)) == "12"
    assert terminal.code(terminal.takes_back("refund", message, answer, 10_000)) == "00"
    acquirer.close()


def test_refunds_give_back_what_was_paid_and_no_more(acquirer, terminal):
    message, answer = paid(terminal)
    assert terminal.code(terminal.takes_back("refund", message, answer, 6_000)) == "00"
    assert terminal.code(terminal.takes_back("refund", message, answer, 4_001)) == "13"
    assert terminal.code(terminal.takes_back("void", message, answer, 10_000)) == "12"
    assert terminal.code(terminal.reverses(message)) == "25"
    other = TerminalAtFront(acquirer.line, number="87654321", card=terminal.card)
    other.signed_on()
    assert other.code(other.takes_back("void", message, answer, 10_000)) == "25"
    assert other.code(other.takes_back("refund", message, answer, 4_000)) == "00"
    assert moved(acquirer) == 0
    strange = TerminalAtFront(acquirer.line, number="87654322", merchant="99", card=terminal.card)
    strange.signed_on()
    assert strange.code(strange.takes_back("refund", message, answer, 1)) == "25"


@pytest.mark.parametrize("name", ["void", "purchase"])
def test_a_refund_is_not_reversed_by_another_name(acquirer, terminal, name):
    message, answer = paid(terminal)
    refund = terminal.takes_back("refund", message, answer, 8_500)
    assert terminal.code(refund) == "00"
    kind = POS_MESSAGES[name]
    called = refund.having({3: kind.processing, 60: joined(60, {"kind": kind.kind, "batch": terminal.batch})})
    assert terminal.code(terminal.reverses(refund)) == "12"
    assert terminal.code(terminal.reverses(called)) == "25"
    assert moved(acquirer) == 1_500


def test_a_transfer_is_between_accounts_and_brings_the_merchant_nothing():
    acquirer = demonstration_line([PROFILE, "bank-dda"])
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    (to,) = set(acquirer.issuer.cards) - {terminal.card.pan}  # type: ignore[attr-defined]
    message = terminal.pays("transfer", 5_000, {48: joined(48, {"account_to": to})})
    assert terminal.code(message) == "00"
    assert totals_of(acquirer.books.of_batch(BATCH)) == BatchTotals(debit=5_000, debits=1)
    assert moved(acquirer) == 0
    assert terminal.code(terminal.reverses(message)) == "00"
    assert moved(acquirer) == 0
    acquirer.close()


def test_a_deposit_is_owed_to_the_issuer(acquirer, terminal):
    assert terminal.code(terminal.pays("deposit", 7_000)) == "00"
    assert moved(acquirer) == -7_000


def test_a_stripes_reversal_has_no_account(acquirer, terminal):
    """Field 2 is left out where a stripe alone was read, and tracks do not belong into a reversal."""
    message, _ = paid(terminal)
    assert terminal.code(terminal.reverses(message.having({2: None}))) == "00"
    assert moved(acquirer) == 0


@pytest.mark.parametrize("name", ["withdrawal", "balance"])
def test_what_was_no_purchase_is_not_given_back(terminal, name):
    message = terminal.pays(name)
    answer = terminal.ask(message)
    assert answer.text(39) == "00"
    assert terminal.code(terminal.takes_back("refund", message, answer, 1)) == "12"


def test_a_declined_purchase_is_not_given_back(terminal):
    message = terminal.pays("purchase", 2_000_000)
    answer = terminal.ask(message)
    assert answer.text(39) == "51"
    assert terminal.code(terminal.takes_back("refund", message, answer, 1)) == "12"


def test_a_reversal_takes_out_what_was_booked_and_is_answered_each_time(acquirer, terminal):
    message, _ = paid(terminal)
    reversal = terminal.reverses(message)
    assert terminal.code(terminal.reverses(message.having({4: "000000009999"}))) == "25"
    assert moved(acquirer) == 10_000
    first = terminal.ask(reversal)
    assert (first.text(39), moved(acquirer)) == ("00", 0)
    assert POS_MESSAGES["reversal"].wrong_answer_fields(first) == ""
    assert terminal.ask(reversal) == first
    assert terminal.code(terminal.reverses(message, "96")) == "00"
    assert terminal.code(message) == "94"
    assert moved(acquirer) == 0
    (kept,) = [each for each in acquirer.books.all_acquired() if each.kind == "purchase"]
    assert (kept.standing, kept.reason) == (MessageStanding.REVERSED, "98")


def test_a_reversal_in_front_of_its_original_is_answered_and_the_original_declined(acquirer, terminal):
    message = terminal.pays()
    assert terminal.code(terminal.reverses(message)) == "00"
    assert terminal.code(message) == "94"
    assert moved(acquirer) == 0


def test_a_declined_purchase_is_reversed_without_a_word(acquirer, terminal):
    message = terminal.pays("purchase", 2_000_000)
    assert terminal.code(message) == "51"
    assert terminal.code(terminal.reverses(message)) == "00"
    assert moved(acquirer) == 0


def test_a_reversal_of_what_is_never_reversed(terminal):
    message = terminal.pays("balance").having({4: "000000000000"})
    assert terminal.code(terminal.reverses(message)) == "12"


def test_what_a_purchase_off_line_brought_is_booked(acquirer, terminal):
    chip = terminal.card.chip(700, "03900000", T9F27="40")
    assert terminal.code(terminal.pays("offline sale", 700, {55: chip, 25: "00", 52: None})) == "00"
    assert moved(acquirer) == 700


def test_points_and_special_price_are_told(acquirer):
    terminal = TerminalAtFront(acquirer.line, merchant=AGREED_MERCHANT)
    terminal.signed_on()
    member = joined(63, {"operator": "01", "member": "M1"})
    asked = terminal.ask(terminal.pays("price", 10_000, {63: member}))
    price = int(asked.text(4))
    assert (price, parted(63, asked.text(63))["before_discount"]) == (9_000, "000000010000")
    texts = joined(63, {"operator": "01", "before_discount": "000000010000", "member": "M1"})
    answer = terminal.ask(terminal.pays("purchase", price, {63: texts}))
    told = parted(63, answer.text(63))
    assert (answer.text(39), int(told["points_earned"]), int(told["points"])) == ("00", 180, 180)


def test_script_results_are_passed_on(terminal):
    message, _ = paid(terminal)
    report = terminal.request("script report", {2: terminal.card.pan, 22: "051", 61: original(message)})
    for chip, code in ((b"\xdf\x31\x05" + bytes(5), "00"), (b"\xdf\x31\x04" + bytes(4), "30"), (b"\x95\x05", "30")):
        assert terminal.code(report.having({11: f"{terminal.stan + len(chip):06d}", 55: chip})) == code
    strange = report.having({11: "000777", 55: b"\xdf\x31\x05" + bytes(5), 61: original(report)})
    assert terminal.code(strange) == "25"


class Faulty:
    """An issuer that books, or does not, and then fails."""

    def __init__(self, behind: DemonstrationLine, *, before: bool) -> None:
        self.behind, self.before, self.fails = behind.issuer, before, True
        self.asked: list[IssuerRequest] = []

    def answer(self, request: IssuerRequest, /) -> AuthorisationAnswer:
        self.asked.append(request)
        if self.fails and self.before:
            raise OSError("gone")
        answer: AuthorisationAnswer = self.behind.answer(request)  # type: ignore[attr-defined]
        if self.fails:
            raise OSError("gone")
        return answer


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("reversed_then", [True, False])
def test_what_nobody_knows_of_is_ended_by_the_message_again_or_by_its_reversal(acquirer, before, reversed_then):
    issuer = Faulty(acquirer, before=before)
    front = demonstration_line([], issuer=issuer)
    terminal = TerminalAtFront(front.line)
    terminal.signed_on()
    message = terminal.pays()
    with pytest.raises(OSError, match="gone"):
        terminal.ask(message)
    assert front.books.all_acquired() == []
    issuer.fails = False
    if reversed_then:
        assert terminal.code(terminal.reverses(message)) == "00"
    else:
        assert terminal.code(message) == "00"
    owed = acquirer.issuer.books.balance("acquirer/00010000")  # type: ignore[attr-defined]
    assert (owed, front.books.balance("issuers")) == ((0, 0) if reversed_then else (10_000, -10_000))
    assert all(isinstance(each, AuthorisationRequest) for each in issuer.asked[: 2 - reversed_then])
    assert LineKeyRole.MAC in terminal.keys
    front.books.close()


@pytest.mark.parametrize("left_out", [{}, {2: None}])
def test_what_the_issuer_has_reversed_is_not_taken_when_it_comes_once_more(acquirer, monkeypatch, left_out):
    """The issuer has booked it, the acquirer's disk was full: reversed, and then the same message again, late."""
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    message = terminal.pays()

    def full(*_: object) -> None:
        raise BooksError("the disk is full")

    monkeypatch.setattr(acquirer.books, "enter_acquired", full)
    with pytest.raises(BooksError):
        terminal.ask(message)
    monkeypatch.undo()
    assert terminal.code(terminal.reverses(message.having(left_out))) == "00"
    assert terminal.code(message) == "94"
    assert moved(acquirer) == 0


def test_the_day_is_cut_over():
    times = ["20260115225959"]
    acquirer = demonstration_line([PROFILE], now=lambda: times[-1], cut_over_minutes=5)
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    message, _ = paid(terminal)
    for moment, code in (("20260115230000", "90"), ("20260115230459", "90"), ("20260115230500", "00")):
        times.append(moment)
        assert terminal.code(terminal.pays("purchase", 100)) == code
    times.append("20260115230001")
    assert terminal.code(terminal.reverses(message)) == "00"
    acquirer.close()


@pytest.mark.parametrize(
    ("now", "during"),
    [("20260115235459", False), ("20260115235500", True), ("20260116000459", True), ("20260116000500", False)],
)
def test_the_day_may_be_cut_over_across_midnight(now, during):
    settings = AcquirerSettings(cut_over="235500", cut_over_minutes=10)
    assert is_cutting_over(settings, now) is during
    assert business_day(settings, now) == ("20260116" if now >= "20260115235500" else "20260115")


@pytest.mark.parametrize("name", ["void", "refund"])
def test_the_approval_code_of_what_is_taken_back_may_be_told(terminal, name):
    message, answer = paid(terminal)
    back = terminal.takes_back(name, message, answer, 10_000)
    assert terminal.code(back.having({38: answer.text(38)})) == "00"
