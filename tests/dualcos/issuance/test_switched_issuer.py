"""An issuer behind a switch answers as it does without one, and both books are the same; what is spoiled on the line is
refused, sent back, or believed by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.issuance.acquirer.switched_issuer import SwitchedIssuer
from dualcos.issuance.bank.authorisation.bank_ledger import BankLedger
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.issuance.bank.switch_member_end import SwitchMemberEnd
from dualcos.messages.acquirer_messages import AcquirerMessage, NoLineAnswer
from dualcos.messages.authorisation import AuthorisationAnswer, Business, IssuerRequest
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.line_in_process import LineInProcess
from dualcos.messages.pos_envelope import seal_holds, sealed
from dualcos.messages.switch_envelope import SwitchHeader, rejection, switch_frame
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_requests import switch_request
from dualcos.profile.line_test_keys import switch_mac_key
from keys.line_cryptography import LineMac
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.demonstration_bank import AGREED_MERCHANT, demonstration_issuer
from tests.dualcos.issuance.test_acquirer_front import PROFILE
from tests.dualcos.issuance.test_issuer_histories import NAMES, STEPS, World, carry_out
from tests.paying_cards import ACQUIRER, PayingCard
from tests.terminal_at_front import TerminalAtFront

CODEC, MAC = Iso8583Codec(SWITCH_DIALECT), LineMac.CBC_TEXT
SWITCH = "00010344"
B = Business
Spoil = Callable[[bytes], bytes]


def switched(issuer: Any, there: Spoil = bytes, back: Spoil = bytes, **more: Any) -> SwitchedIssuer:
    """The issuer behind a line that spoils what passes."""
    end = SwitchMemberEnd(issuer, switch_mac_key())
    return SwitchedIssuer(LineInProcess(lambda sent: back(end.answer(there(sent)))), switch_mac_key(), SWITCH, **more)


class CountingIssuer:
    """Says 00 to all that it is asked."""

    def __init__(self) -> None:
        self.asked: list[IssuerRequest] = []

    def answer(self, request: IssuerRequest) -> AuthorisationAnswer:
        self.asked.append(request)
        return AuthorisationAnswer(code="00", reference="011500000001")


# --- the same answers, the same books --------------------------------------------------------------------------------


class TwoWays(World):
    """The same questions to one issuer directly, to its twin through the switch."""

    def __init__(self, issuer: IssuerCore, twin: IssuerCore) -> None:
        super().__init__(issuer)
        self.twin, self.through = twin, switched(twin)

    def ask(self, request: IssuerRequest) -> AuthorisationAnswer:
        answer = super().ask(request)
        assert self.through.answer(request) == answer
        return answer

    def again(self, which: int) -> None:
        super().again(which)
        if self.told:
            request, _ = self.told[which % len(self.told)]
            assert self.through.answer(request) == self.issuer.answer(request)

    def agree(self) -> bool:
        mine, its = BankLedger(self.issuer.books), BankLedger(self.twin.books)
        return list(mine.lines()) == list(its.lines()) and list(mine.accounts()) == list(its.accounts())


@settings(max_examples=15, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=10))
def test_histories_are_the_same_both_ways(steps):
    world = TwoWays(demonstration_issuer(NAMES), demonstration_issuer(NAMES))
    for step in steps:
        carry_out(world, step)
    assert world.agree()
    assert BankLedger(world.twin.books).sums_to_zero()


@pytest.fixture
def world() -> Iterator[TwoWays]:
    made = TwoWays(demonstration_issuer(NAMES), demonstration_issuer(NAMES))
    yield made
    assert made.agree()
    made.issuer.close()
    made.twin.close()


def test_every_business_is_answered_the_same(world):
    card = world.card
    bought = card.asks(B.PURCHASE, 10_000)
    cases = {
        B.PURCHASE: bought,
        B.BALANCE: card.asks(B.BALANCE),
        B.WITHDRAWAL: card.asks(B.WITHDRAWAL, 20_000),
        B.DEPOSIT: card.asks(B.DEPOSIT, 5_000),
        B.TRANSFER: card.asks(B.TRANSFER, 700, account_to=PayingCard(NAMES[1]).pan),
        B.PRICE: card.asks(B.PRICE, 10_000, key=card.message(merchant=AGREED_MERCHANT), member="M1"),
        B.PIN_CHANGE: card.asks(B.PIN_CHANGE, new_pin=card.pin("246810")),
        B.REFUND: card.asks(B.REFUND, 4_000, original=bought.key, original_amount=10_000),
    }
    answers = {each: world.ask(request) for each, request in cases.items()}
    another = card.asks(B.PURCHASE, 3_000)
    assert world.ask(another).code == "00"
    answers[B.VOID] = world.ask(card.asks(B.VOID, 3_000, original=another.key))
    assert {each: answer.code for each, answer in answers.items()} == dict.fromkeys(B, "00")
    assert answers[B.BALANCE].balances is not None
    assert answers[B.PRICE].price == 9_000
    assert answers[B.PURCHASE].chip


def test_points_and_special_prices_come_through(world):
    card = world.card
    key = card.message(merchant=AGREED_MERCHANT)
    answer = world.ask(card.asks(B.PURCHASE, 9_000, key=key, member="M1", before_discount=10_000))
    assert answer.code == "00"
    assert answer.points is not None


def test_a_script_goes_out_and_is_reported(world):
    card = world.card
    for each in (world.issuer, world.twin):
        each.queue_script(card.pan, ScriptOrder.block_application())
    bought = card.asks(B.PURCHASE, 10_000)
    assert b"\x72" in world.ask(bought).chip
    assert world.ask(card.reports(bought, "2000000000")).code == "00"
    assert world.ask(card.reverses(bought)).code == "00"


@pytest.mark.parametrize(
    "more",
    [
        {"pan": "6299990000000009999"},
        {"amount": 99_999_999},
        {"expiry": "2001"},
        {"track2": "6299990000000000202=3012"},
        {"sequence": "002"},
    ],
)
def test_refusals_are_the_same(world, more):
    card = world.card
    assert world.ask(card.asks(B.PURCHASE, **{"amount": 10_000, **more})).code != "00"
    assert world.ask(card.asks(B.WITHDRAWAL, 10_000, pin_block=card.pin("654321"))).code == "55"


def test_a_reversal_that_comes_first_or_of_nothing(world):
    bought = world.card.asks(B.PURCHASE, 10_000)
    assert world.ask(world.card.reverses(bought)).code == "25"
    assert world.ask(bought).code != "00"


def through_front(line: DemonstrationLine) -> list[AcquirerMessage]:
    """A terminal's day; all its answers."""
    terminal = TerminalAtFront(line.line)
    terminal.signed_on()
    bought = terminal.pays("purchase", 10_000)
    told = terminal.ask(bought)
    answers = [told, terminal.ask(terminal.pays("balance")), terminal.ask(terminal.pays("withdrawal", 20_000))]
    answers.append(terminal.ask(terminal.takes_back("refund", bought, told, 4_000)))
    other = terminal.pays("purchase", 3_000)
    answers.append(terminal.ask(terminal.takes_back("void", other, terminal.ask(other), 3_000)))
    third = terminal.pays("purchase", 500)
    answers += [terminal.ask(third), terminal.ask(terminal.reverses(third)), terminal.ask(third)]
    return answers


def test_a_terminal_does_not_see_that_its_acquirer_asks_through_a_switch():
    cores = [demonstration_issuer([PROFILE]) for _ in range(2)]
    seen: list[tuple[AcquirerMessage, AcquirerMessage]] = []
    behind = switched(cores[1], watch=lambda asked, answer: seen.append((asked, answer)))
    lines = [demonstration_line([PROFILE], issuer=issuer) for issuer in (cores[0], behind)]
    direct, indirect = (through_front(line) for line in lines)
    assert direct == indirect
    assert [asked.mti for asked, _ in seen] == ["0200", "0200", "0200", "0220", "0200", "0200", "0200", "0420"]
    assert [answer.text(39) for _, answer in seen] == ["00"] * 8
    assert seen[3][0].raw(48) == b"ASOA012000000010000"
    own = [BankLedger(core.books) for core in cores]
    assert list(own[0].accounts()) == list(own[1].accounts())
    assert lines[0].books.balances() == lines[1].books.balances()
    for line in lines:
        line.books.close()
    for core in cores:
        core.close()


# --- what is spoiled on the line -------------------------------------------------------------------------------------


def wrong_mac(frame: bytes) -> bytes:
    return frame[:-1] + bytes([frame[-1] ^ 1])


def test_a_question_with_a_wrong_mac_is_asked_of_nobody():
    issuer, card = CountingIssuer(), PayingCard()
    assert switched(issuer, there=wrong_mac).answer(card.asks(B.PURCHASE, 100)).code == "A0"
    assert issuer.asked == []


def test_an_answer_with_a_wrong_mac_is_believed_by_nobody():
    issuer, card = CountingIssuer(), PayingCard()
    with pytest.raises(NoLineAnswer, match="MAC of the switch's answer is wrong"):
        switched(issuer, back=wrong_mac).answer(card.asks(B.PURCHASE, 100))
    assert len(issuer.asked) == 1


def test_a_report_has_no_mac_as_the_dialect_has_it():
    issuer, card = CountingIssuer(), PayingCard()
    bought = card.asks(B.PURCHASE, 100)
    assert switched(issuer).answer(card.reports(bought, "2000000000")).code == "00"


def resealed(spoil: Callable[[AcquirerMessage], AcquirerMessage]) -> Spoil:
    """Another message under the right key."""

    def spoiled(payload: bytes) -> bytes:
        frame = switch_frame(payload)
        return frame.header.around(sealed(CODEC, spoil(CODEC.message(frame.body)), switch_mac_key(), MAC))

    return spoiled


@pytest.mark.parametrize(
    ("fields", "words"),
    [({123: "short"}, "field 54 or 123"), ({11: "999999"}, "no answer that belongs"), ({42: "X"}, "no answer")],
)
def test_an_answer_that_is_another_is_believed_by_nobody(fields, words):
    with pytest.raises(NoLineAnswer, match=words):
        switched(CountingIssuer(), back=resealed(lambda answer: answer.having(fields))).answer(
            PayingCard().asks(B.PURCHASE, 100)
        )


def test_what_the_dialect_has_no_place_for_is_not_sent():
    issuer = CountingIssuer()
    card = PayingCard()
    for request in (card.asks(B.PURCHASE, 100, pan=""), card.asks(B.PURCHASE, 100, chip=bytes(256))):
        assert switched(issuer).answer(request).code == "30"
    assert issuer.asked == []


def test_what_comes_back_rejected_is_30_and_only_of_ones_own_message():
    card = PayingCard()
    back = switched(CountingIssuer(), there=lambda sent: sent[:50] + b"\xff" + sent[51:])
    with pytest.raises(NoLineAnswer, match="no answer that belongs"):  # it was another by then
        back.answer(card.asks(B.PURCHASE, 100))
    sent: list[bytes] = []

    def rejected(payload: bytes) -> bytes:
        sent.append(payload)
        return rejection(switch_frame(payload), "00030")

    line = LineInProcess(rejected)
    assert SwitchedIssuer(line, switch_mac_key(), SWITCH).answer(card.asks(B.PURCHASE, 100)).code == "30"
    assert (switch_frame(sent[0]).header.destination, switch_frame(sent[0]).header.source) == (SWITCH, ACQUIRER)


@pytest.mark.parametrize("another", [lambda body: body[:-1], lambda body: body + b"0", wrong_mac, lambda _: b""])
def test_what_comes_back_rejected_must_be_what_was_sent(another):
    def rejected(payload: bytes) -> bytes:
        frame = switch_frame(payload)
        return rejection(frame._replace(body=another(frame.body)), "00030")

    with pytest.raises(NoLineAnswer, match="no answer that belongs"):
        SwitchedIssuer(LineInProcess(rejected), switch_mac_key(), SWITCH).answer(PayingCard().asks(B.PURCHASE, 100))


# --- the bank's end alone --------------------------------------------------------------------------------------------


class BankAlone:
    """The bank's end, what it says is wrong, and what its issuer was asked."""

    def __init__(self) -> None:
        self.issuer, self.said = CountingIssuer(), list[str]()
        self.end = SwitchMemberEnd(self.issuer, switch_mac_key(), self.said.append)

    def asked(self, message: AcquirerMessage) -> AcquirerMessage:
        """Sealed where it has a MAC; the answer, whose MAC must be right."""
        body = sealed(CODEC, message, switch_mac_key(), MAC) if 128 in message.fields else CODEC.body(message)
        back = switch_frame(self.end.answer(SwitchHeader(SWITCH, ACQUIRER).around(body)))
        assert (back.header.destination, back.header.source) == (ACQUIRER, SWITCH)
        answer = CODEC.message(back.body)
        assert 128 not in answer.fields or seal_holds(CODEC, back.body, switch_mac_key(), MAC)
        return answer


@pytest.fixture
def bank() -> BankAlone:
    return BankAlone()


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({37: None}, "30", "purchase: field 37 is missing"),
        ({90: "0" * 42}, "30", "purchase: field 90 does not belong here"),
        ({122: "another's"}, "30", "purchase: 9 characters, 59 are wanted"),
        ({52: bytes(8), 53: "1" * 16}, "99", "purchase: field 53: PIN blocks are"),
        ({3: "990000"}, "12", "0200: no message with this field 3, 25 and 70"),
    ],
)
def test_what_is_no_question_is_answered_with_its_code(bank, fields, code, words):
    answer = bank.asked(switch_request(PayingCard().asks(B.PURCHASE, 100)).having(fields))
    assert (answer.mti, answer.text(39)) == ("0210", code)
    assert len(bank.said) == 1
    assert words in bank.said[0]
    assert bank.issuer.asked == []


def test_messages_of_the_line_itself_are_not_carried_out(bank):
    answer = bank.asked(AcquirerMessage("0820", {7: "0115093000", 11: "000001", 33: ACQUIRER, 70: "301"}))
    assert (answer.mti, answer.text(39), answer.text(70)) == ("0830", "40", "301")


def test_what_cannot_be_read_comes_back_with_its_own_header(bank):
    for body in (b"", b"0200", b"\xff" * 40, b"0200" + b"\xff" * 60):
        payload = SwitchHeader(SWITCH, ACQUIRER).around(body)
        back = switch_frame(bank.end.answer(payload))
        assert back.rejected == switch_frame(payload)
        assert back.header.reject == "00030"
        assert back.header.destination == ACQUIRER


def test_what_is_no_question_at_all_has_no_answer(bank):
    card = PayingCard()
    body = sealed(CODEC, switch_request(card.asks(B.PURCHASE, 100)), switch_mac_key(), MAC)
    answer = bank.end.answer(SwitchHeader(SWITCH, ACQUIRER).around(body))
    own = SwitchHeader(SWITCH, ACQUIRER)
    for payload in (b"", answer, rejection(switch_frame(own.around(body)), "00001"), own.around(b"\xff" * 1790)):
        bank.said.clear()
        assert bank.end.answer(payload) == b""
        assert len(bank.said) == 1
    assert len(bank.issuer.asked) == 1


@given(st.binary(max_size=120), st.integers(0, 400), st.booleans())
def test_no_bytes_disturb_the_bank(raw, at, seals):
    bank = BankAlone()
    body = sealed(CODEC, switch_request(PayingCard().asks(B.PURCHASE, 100)), switch_mac_key(), MAC)
    spoiled = body[:at] + raw + body[at + len(raw) :]
    if seals and len(spoiled) > 8:
        spoiled = spoiled[:-8] + body[-8:]
    for payload in (raw, SwitchHeader(SWITCH, ACQUIRER).around(spoiled)):
        back = bank.end.answer(payload)
        assert back == b"" or switch_frame(back)
    assert bank.issuer.asked == [] or spoiled == body or len(bank.issuer.asked) == 1


def test_a_line_in_this_process_has_no_answer_of_another():
    with pytest.raises(NoLineAnswer, match="no answer that belongs"):
        LineInProcess(lambda sent: sent).ask(b"1", lambda came: came == b"2")
    assert LineInProcess(lambda sent: sent + b"2").ask(b"1", lambda came: came == b"12") == b"12"
