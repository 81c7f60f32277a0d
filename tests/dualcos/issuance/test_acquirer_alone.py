"""The acquirer's own checks, in front of an issuer that agrees to everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from msgspec import structs

from dualcos.issuance.acquirer.batch_records import BatchName
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import AuthorisationAnswer, IssuerRequest
from dualcos.sqlitefile.double_entry_books import BooksError
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.terminal_at_front import MERCHANT, TERMINAL, TerminalAtFront, original

PAID = 10_000
PURCHASE, DECLINED, UNKNOWN = "00", "51", "25"


class AgreeingIssuer:
    """Approves all, but for the amounts that it is told. Nothing is counted."""

    def __init__(self) -> None:
        self.asked: list[IssuerRequest] = []
        self.codes: dict[int, str] = {}
        self._numbers = count(1)

    def answer(self, request: IssuerRequest, /) -> AuthorisationAnswer:
        self.asked.append(request)
        code = self.codes.get(getattr(request, "amount", 0), "00")
        return AuthorisationAnswer(code=code, reference=f"{next(self._numbers):012d}")


@pytest.fixture
def issuer() -> AgreeingIssuer:
    return AgreeingIssuer()


@pytest.fixture
def acquirer(issuer) -> Iterator[DemonstrationLine]:
    made = demonstration_line([], issuer=issuer)
    yield made
    made.books.close()


@pytest.fixture
def terminal(acquirer) -> TerminalAtFront:
    made = TerminalAtFront(acquirer.line)
    made.signed_on()
    return made


def paid(terminal: TerminalAtFront, name: str = "purchase") -> tuple[AcquirerMessage, AcquirerMessage]:
    message = terminal.pays(name, PAID)
    return message, terminal.ask(message)


@pytest.mark.parametrize(
    ("name", "amount", "pan", "code"),
    [
        ("void", PAID, None, "00"),
        ("void", PAID + 1, None, "64"),
        ("void", PAID - 1, None, "64"),
        ("void", PAID, "6299990000000000203", "63"),
        ("void", PAID, "629999000000000020", "63"),
        ("refund", PAID, None, "00"),
        ("refund", 1, None, "00"),
        ("refund", PAID + 1, None, "13"),
        ("refund", 2 * PAID, None, "13"),
        ("refund", PAID, "6299990000000000203", "63"),
    ],
)
def test_what_takes_back_a_purchase_fits_it(issuer, terminal, name, amount, pan, code):
    message, answer = paid(terminal)
    back = terminal.takes_back(name, message, answer, amount)
    before = len(issuer.asked)
    assert terminal.code(back.having({2: pan}) if pan else back) == code
    assert len(issuer.asked) - before == (code == "00")


@pytest.mark.parametrize("name", ["void", "refund"])
def test_what_takes_back_names_something_that_stands(issuer, terminal, name):
    cash, answer = paid(terminal, "withdrawal")
    assert terminal.code(terminal.takes_back(name, cash, answer, PAID)) == "12"
    issuer.codes[PAID] = DECLINED
    declined, answer = paid(terminal)
    issuer.codes.clear()
    assert terminal.code(terminal.takes_back(name, declined, answer, PAID)) == "12"
    reversed_one, answer = paid(terminal)
    assert terminal.code(terminal.reverses(reversed_one)) == "00"
    assert terminal.code(terminal.takes_back(name, reversed_one, answer, PAID)) == "12"
    voided, answer = paid(terminal)
    assert terminal.code(terminal.takes_back("void", voided, answer, PAID)) == "00"
    assert terminal.code(terminal.takes_back(name, voided, answer, PAID)) == "12"
    unknown = terminal.takes_back(name, voided, answer.having({37: "900000000000"}), PAID)
    assert terminal.code(unknown) == "25"
    assert terminal.code(terminal.takes_back(name, cash, answer, PAID)) == "25"


def test_a_refund_in_parts_and_a_void_behind_one(terminal):
    message, answer = paid(terminal)
    for part, code in ((6_000, "00"), (4_001, "13"), (4_000, "00"), (1, "13")):
        assert terminal.code(terminal.takes_back("refund", message, answer, part)) == code
    message, answer = paid(terminal)
    assert terminal.code(terminal.takes_back("refund", message, answer, 1)) == "00"
    assert terminal.code(terminal.takes_back("void", message, answer, PAID)) == "12"
    assert terminal.code(terminal.reverses(message)) == "25"


@pytest.mark.parametrize("later", ["20260115230000", "20260125093000"])
def test_a_void_is_of_the_same_business_day(issuer, later):
    times = ["20260115093000"]
    acquirer = demonstration_line([], issuer=issuer, now=lambda: times[-1], key_hours=1_000)
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    message, answer = paid(terminal)
    times.append(later)
    assert terminal.code(terminal.takes_back("void", message, answer, PAID)) == "12"
    acquirer.books.close()


@pytest.mark.parametrize(
    "results", [b"\xdf\x31\x04" + bytes(4), b"\xdf\x31\x06" + bytes(6), b"\xdf\x31\0", b"\x95\1\1", b"\xdf"]
)
def test_script_results_have_five_bytes_a_script(issuer, terminal, results):
    message, _ = paid(terminal)
    report = terminal.request("script report", {2: terminal.card.pan, 22: "051", 61: original(message)})
    before = len(issuer.asked)
    assert terminal.code(report.having({55: results})) == "30"
    assert len(issuer.asked) == before
    assert terminal.code(report.having({55: b"\xdf\x31\x0a" + bytes(10)})) == "00"


@pytest.mark.parametrize("merchant", ["123456789012346", "12345678901234", "0123456789012345"[:15]])
def test_a_merchant_that_is_nearly_the_terminals(acquirer, terminal, merchant):
    acquirer.front.register(RegisteredTerminal(number="1", merchant=MERCHANT))
    other = TerminalAtFront(acquirer.line, merchant=merchant)
    assert other.signed_on().text(39) == "03"
    assert terminal.number == TERMINAL


@pytest.mark.parametrize(
    ("changed", "code"),
    [({}, "00"), ({4: "000000010001"}, "25"), ({2: "6299990000000000203"}, "25"), ({3: "010000"}, "12")],
)
def test_a_reversal_fits_what_it_takes_out(issuer, terminal, changed, code):
    message, _ = paid(terminal)
    before = len(issuer.asked)
    assert terminal.code(terminal.reverses(message.having(changed))) == code
    assert len(issuer.asked) - before == (code == "00")


def test_what_the_issuer_does_not_know_is_not_taken_out_here_alone(issuer, acquirer, terminal):
    message, _ = paid(terminal)
    issuer.codes[PAID] = UNKNOWN
    assert terminal.code(terminal.reverses(message)) == UNKNOWN
    assert acquirer.books.balance("issuers") == -PAID
    issuer.codes.clear()
    assert terminal.code(terminal.reverses(message)) == "00"
    assert acquirer.books.balance("issuers") == 0


def test_a_number_that_was_reversed_is_gone(issuer, terminal):
    """Whatever the issuer has forgotten by then."""
    message = terminal.pays("purchase", PAID)
    issuer.codes[PAID] = UNKNOWN
    assert terminal.code(terminal.reverses(message)) == "00"
    issuer.codes.clear()
    before = len(issuer.asked)
    assert terminal.code(message) == "94"
    assert len(issuer.asked) == before


def test_a_number_whose_reversal_was_not_taken_is_not(issuer, terminal):
    message = terminal.pays("purchase", PAID)
    issuer.codes[PAID] = "96"
    assert terminal.code(terminal.reverses(message)) == "96"
    issuer.codes.clear()
    assert terminal.code(message) == "00"


def test_a_message_is_entered_once(acquirer, terminal):
    """Two hosts on one journal would both have looked before either wrote."""
    paid(terminal)
    (kept,) = acquirer.books.all_acquired()
    with pytest.raises(BooksError):
        acquirer.books.enter_acquired(structs.replace(kept, amount=1))
    assert acquirer.books.all_acquired() == [kept]


@pytest.mark.parametrize("text", ["S/B", "S//B", "/S%2FB/", "%2F/"])
def test_batches_that_differ_have_other_names(text):
    """The same characters, cut elsewhere."""
    names = [BatchName(text[:at], text[at:], "1") for at in range(len(text) + 1)]
    assert len(set(map(str, names))) == len(names)
