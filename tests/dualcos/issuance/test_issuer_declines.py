"""Every response code of the issuer's table, by its cause, and by nothing else about the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from dualcos.issuance.bank.authorisation.issuer_declines import DECLINES
from dualcos.issuance.bank.authorisation.registered_bank_cards import BankCardState, CardLimits, IssuerTerms
from dualcos.issuance.bank.authorisation.risk_rules import RISK_RULES, RiskAction
from dualcos.messages.authorisation import AuthorisationRequest, Business, MessageKey
from dualcos.messages.response_codes import RESPONSE_CODES
from tests.demonstration_bank import AGREED_MERCHANT, BANK_OPENING, demonstration_issuer
from tests.dualcos.issuance.issuer_bench import NAMES, Bench, code_of
from tests.paying_cards import ASKS_AFTER_PIN, KINDS, PayingCard

LIMITS = CardLimits(once=5000, day=8000, times=3)
TRACK = "D30122200000000000"
B = Business


@pytest.fixture
def bench():
    it = Bench(demonstration_issuer(NAMES), PayingCard())
    yield it
    assert sum(it.issuer.books.balances().values()) == 0
    it.issuer.close()


def refund(bench: Bench, original: AuthorisationRequest, amount: int, of: Business = B.REFUND, **more: Any) -> str:
    return code_of(bench, of, amount, original=original.key, **more)


def in_state(state: BankCardState) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        bench.put(state=state)
        return code_of(bench, B.PURCHASE, 100)

    return cause


def limited(limits: CardLimits, *amounts: int) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        bench.put(limits=limits)
        *before, last = amounts
        for amount in before:
            bench.paid(amount)
        return code_of(bench, B.PURCHASE, last)

    return cause


def asked(business: Business, amount: int = 0, **more: Any) -> Callable[[Bench], str]:
    return lambda bench: code_of(bench, business, amount, **more)


def with_chip(amount: int = 100, business: Business = B.PURCHASE, **how: Any) -> Callable[[Bench], str]:
    return lambda bench: code_of(bench, business, 100, chip=bench.card.chip(amount, **how))


def wrong_pins(count: int, business: Business) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        amount = 100 if business is not B.BALANCE else 0
        return [code_of(bench, business, amount, pin_block=bench.card.pin("999999")) for _ in range(count)][-1]

    return cause


def right_pin_too_late(bench: Bench) -> str:
    wrong_pins(3, B.BALANCE)(bench)
    return code_of(bench, B.BALANCE)


def offered_less(bench: Bench) -> str:
    return code_of(bench.anew(terms=IssuerTerms(businesses=("BALANCE",))), B.PURCHASE, 100)


def other_bank(bench: Bench) -> str:
    return code_of(bench.anew(terms=IssuerTerms(prefixes=("621111",))), B.PURCHASE, 100)


def referred(bench: Bench) -> str:
    rules = tuple(
        rule._replace(action=RiskAction.DECLINE, reason="refer") if rule.name == "new card" else rule
        for rule in RISK_RULES
    )
    return with_chip(cvr="03A01000")(bench.anew(rules=rules))


def of_another_day(bench: Bench) -> str:
    day = ["20260115"]
    original = bench.anew(business_day=lambda: day[0]).paid(1000)
    day[0] = "20260116"
    return refund(bench, original, 1000, B.VOID)


def void_of(**more: Any) -> Callable[[Bench], str]:
    return lambda bench: refund(bench, bench.paid(1000), more.pop("amount", 1000), B.VOID, **more)


def of_anothers(business: Business) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        original, other = bench.paid(1000), bench.other()
        return bench.issuer.answer(other.asks(business, 1000, original=original.key)).code

    return cause


def voided_again(bench: Bench) -> str:
    original = bench.paid(1000)
    assert refund(bench, original, 1000, B.VOID) == "00"
    return refund(bench, original, 1000, B.VOID)


def void_of_refunded(bench: Bench) -> str:
    original = bench.paid(1000)
    assert refund(bench, original, 1) == "00"
    return refund(bench, original, 1000, B.VOID)


def refund_of_declined(bench: Bench) -> str:
    original, answer = bench.ask(B.PURCHASE, BANK_OPENING + 1)
    assert answer.code == "51"
    return refund(bench, original, 100)


def void_of_withdrawal(bench: Bench) -> str:
    original, answer = bench.ask(B.WITHDRAWAL, 1000)
    assert answer.code == "00"
    return refund(bench, original, 1000, B.VOID)


def refunds(*amounts: int) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        original = bench.paid(1000)
        return [refund(bench, original, amount) for amount in amounts][-1]

    return cause


def references_differ(bench: Bench) -> str:
    original, other = bench.paid(1000), bench.paid(1000)
    found = bench.issuer.books.authorisation(other.acquirer, other.key)
    assert found is not None
    return refund(bench, original, 1000, reference=found.reference)


def to_closed_card(bench: Bench) -> str:
    target = bench.issuer.cards[bench.other().pan]
    bench.issuer.cards[target.pan] = structs.replace(target, state=BankCardState.CANCELLED)  # type: ignore[index]
    return code_of(bench, B.TRANSFER, 100, account_to=target.account)


def number_used(bench: Bench) -> str:
    original = bench.paid(1000)
    return code_of(bench, B.PURCHASE, 1001, key=original.key)


def reversed_before(bench: Bench) -> str:
    request = bench.card.asks(B.PURCHASE, 100)
    assert bench.issuer.answer(bench.card.reverses(request)).code == "25"
    return bench.issuer.answer(request).code


def reversed_since(again: Business = B.PURCHASE) -> Callable[[Bench], str]:
    """The books stay as the reversal has left them, however often the message comes."""

    def cause(bench: Bench) -> str:
        original = bench.paid(1000)
        request = original if again is B.PURCHASE else bench.card.asks(again, 1000, original=original.key)
        assert bench.issuer.answer(request).code == "00"
        assert bench.issuer.answer(bench.card.reverses(request)).code == "00"
        before = bench.issuer.books.balances()
        codes = {bench.issuer.answer(request).code for _ in range(2)}
        assert bench.issuer.books.balances() == before
        return codes.pop()

    return cause


def reversal(**more: Any) -> Callable[[Bench], str]:
    return lambda bench: bench.issuer.answer(bench.card.reverses(bench.paid(1000), **more)).code


def reversed_refund(told: Business) -> Callable[[Bench], str]:
    """A refund that is reversed under its own name or another's."""

    def cause(bench: Bench) -> str:
        request = bench.card.asks(B.REFUND, 400, original=bench.paid(1000).key)
        assert bench.issuer.answer(request).code == "00"
        before = bench.issuer.books.balances()
        code = bench.issuer.answer(bench.card.reverses(request, business=told)).code
        assert bench.issuer.books.balances() == before
        return code

    return cause


def report(results: str, **more: Any) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        told = bench.card.reports(bench.paid(1000), results)
        return bench.issuer.answer(structs.replace(told, **more)).code

    return cause


def with_no_file(bench: Bench) -> str:
    """A card that is no member's cannot name nothing."""
    bench.put(member="")
    return price_at(AGREED_MERCHANT, 900, before_discount=1000, member="")(bench)


def price_at(merchant: str, amount: int, **more: Any) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        key = bench.card.message(merchant=merchant)
        return code_of(bench, B.PURCHASE, amount, key=key, **more)

    return cause


def uploaded(cvr: str = "03900000", amount: int = 100, of: Business = B.PURCHASE, **how: Any) -> Callable[[Bench], str]:
    return lambda bench: code_of(bench, of, 100, offline=True, chip=bench.card.chip(amount, cvr, **how))


def uploaded_twice(bench: Bench) -> str:
    assert uploaded()(bench) == "00"
    return uploaded(atc=bench.card.atc)(bench)


def uploaded_behind_a_no(bench: Bench) -> str:
    """The issuer has said no on line, the terminal brings a TC of the same transaction."""
    bench.put(state=BankCardState.STOLEN)
    assert code_of(bench, B.PURCHASE, 100) == "43"
    return uploaded("03610000", atc=bench.card.atc)(bench)


def covered(
    business: Business, amount: int, chip_amount: int | None = None, pin: bytes | None = None, **how: str
) -> Callable[[Bench], str]:
    """A cryptogram that is right, and over something else than the message; ``how``: as ``PayingCard.chip`` has it."""

    def cause(bench: Bench) -> str:
        told = {"T9C": KINDS[business]} | how
        chip = bench.card.chip(amount if chip_amount is None else chip_amount, **told)
        return code_of(bench, business, amount, chip=chip, **({} if pin is None else {"pin_block": pin}))

    return cause


def replayed(back: int) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        bench.card.atc = 7
        bench.paid(100)
        return with_chip(atc=bench.card.atc - back)(bench)

    return cause


def stripe(service: str, entry: str, **more: Any) -> Callable[[Bench], str]:
    def cause(bench: Bench) -> str:
        track = f"{more.pop('account', bench.card.pan)}={more.pop('expiry', '3012')}{service}00000"
        more.setdefault("pin_block", bench.card.pin())
        return code_of(bench, B.PURCHASE, 100, chip=b"", entry=entry, track2=track, **more)

    return cause


S = BankCardState
MOVING = (B.PURCHASE, B.WITHDRAWAL, B.DEPOSIT, B.TRANSFER)
CASES = {
    "refer": (("01", referred),),
    "declined-by-card": (
        ("05", with_chip(cvr="03800000")),
        ("05", with_chip(cvr="03900000")),
        ("05", uploaded("03800000")),
        ("05", uploaded("03A00000")),
        ("05", uploaded("03200000")),
    ),
    "declined-on-line": (("05", uploaded_behind_a_no),),
    "original-not-valid": (
        ("12", voided_again),
        ("12", void_of_refunded),
        ("12", refund_of_declined),
        ("12", void_of_withdrawal),
    ),
    "original-of-another-day": (("12", of_another_day),),
    "refund-reversed": (("12", reversed_refund(B.REFUND)),),
    "same-account": (("12", lambda bench: code_of(bench, B.TRANSFER, 100, account_to=bench.card.pan)),),
    "business-not-the-cards": (
        *(
            ("12", covered(business, 100 if business in MOVING else 0, T9C=code))
            for business, own in KINDS.items()
            for code in ("00", "01", "20", "21", "40", "70", "99")
            if code != own
        ),
        ("12", uploaded(T9C="01")),
    ),
    "date-not-the-cards": (
        *(("12", with_chip(T9A=day)) for day in ("200115", "260113", "260117", "260230", "0A0115")),
        ("12", uploaded(T9A="260117")),
        ("12", uploaded(T9A="260200")),
    ),
    "amount-wrong": (
        ("13", asked(B.PURCHASE, 0)),
        ("13", asked(B.BALANCE, 1)),
        ("13", asked(B.PRICE, 0)),
        ("13", lambda bench: code_of(bench, B.PURCHASE, 0, offline=True, chip=bench.card.chip(0, "03900000"))),
    ),
    "amount-not-the-cards": (
        ("13", with_chip(99)),
        ("13", with_chip(100, T9F02="00000000010A")),
        ("13", uploaded(amount=101)),
        *(("13", covered(business, 100, chip_amount=99)) for business in MOVING),
    ),
    "price-wrong": (
        ("13", price_at(AGREED_MERCHANT, 899, before_discount=1000, member="M1")),
        ("13", price_at(AGREED_MERCHANT, 900, before_discount=1000)),
        ("13", price_at(AGREED_MERCHANT, 900, before_discount=1000, member="M2")),
        ("13", with_no_file),
    ),
    "more-than-open": (("13", refunds(1001)), ("13", refunds(600, 401))),
    "card-unknown": (("14", asked(B.PURCHASE, 100, pan="6299990000000000111")),),
    "card-cancelled": (
        *(("14", in_state(state)) for state in (S.REPLACED, S.CANCELLED, S.DESTROYED)),
        ("14", to_closed_card),
    ),
    "sequence-wrong": (
        ("14", asked(B.PURCHASE, 100, sequence="002")),
        ("14", asked(B.PURCHASE, 100, sequence="077", offline=True)),
    ),
    "issuer-unknown": (("15", other_bank),),
    "card-inactive": (("21", in_state(S.INACTIVE)),),
    "original-of-another": (("22", of_anothers(B.VOID)),),
    "original-unknown": (
        ("25", asked(B.VOID, 100, original=MessageKey("1", "2", "3", "4"))),
        ("25", asked(B.REFUND, 100)),
        ("25", asked(B.REFUND, 100, reference="011599999999")),
        ("25", references_differ),
        ("25", reversal(pan="6299990000000000301")),
        ("25", reversal(business=B.WITHDRAWAL)),
        ("25", reversed_refund(B.VOID)),
        ("25", reversed_refund(B.PURCHASE)),
        ("25", report("2000000001", original=MessageKey("1", "2", "3", "4"))),
        ("25", report("2000000001", pan="6299990000000000301")),
    ),
    "chip-data-missing": (
        ("30", asked(B.PURCHASE, 100, chip=b"")),
        ("30", asked(B.PURCHASE, 100, chip=b"", entry="072", pin_block=b"")),
        ("30", asked(B.PURCHASE, 100, chip=b"", offline=True)),
    ),
    "chip-data-unreadable": (
        ("30", asked(B.PURCHASE, 100, chip=b"\x9f")),
        ("30", asked(B.PURCHASE, 100, chip=b"\x9f", offline=True)),
        ("30", with_chip(T9F37="")),
        ("30", with_chip(T9F02="0000000100", T9F03="000000000000AA")),
        ("30", with_chip(T9F10="")),
        ("30", with_chip(T9F10="0801010300A0000001")),
        ("30", with_chip(T9F10="0701010203A00001")),
        ("30", lambda bench: code_of(bench, B.PURCHASE, 100, chip=bench.card.chip(100) + bytes.fromhex("9A03260115"))),
    ),
    "track-unreadable": (
        ("30", asked(B.PURCHASE, 100, track2="62999")),
        ("30", stripe("120", "021", account="6299990000000000301")),
    ),
    "track-missing": tuple(
        ("30", asked(business, 100, chip=b"", entry=entry, pin_block=PayingCard().pin()))
        for business in (B.PURCHASE, B.WITHDRAWAL, B.DEPOSIT)
        for entry in ("021", "901", "801")
    ),
    "entry-unknown": tuple(
        ("30", asked(B.PURCHASE, 100, entry=entry)) for entry in ("991", "999", "", "05", "059", "0511")
    ),
    "script-results-unreadable": (("30", report("")), ("30", report("20000000"))),
    "pin-tries-at-machine": (("38", wrong_pins(3, B.WITHDRAWAL)), ("38", wrong_pins(4, B.WITHDRAWAL))),
    "not-offered": (("40", offered_less), ("40", uploaded(of=B.WITHDRAWAL))),
    "card-lost": (("41", in_state(S.ORAL_LOSS)), ("41", in_state(S.WRITTEN_LOSS))),
    "account-unknown": (("14", asked(B.TRANSFER, 100, account_to="A0")),),
    "card-stolen": (("43", in_state(S.STOLEN)),),
    "not-enough": (
        ("51", asked(B.PURCHASE, BANK_OPENING + 1)),
        ("51", asked(B.WITHDRAWAL, BANK_OPENING + 1)),
        ("51", asked(B.TRANSFER, BANK_OPENING + 1, account_to="6299990000000000301")),
    ),
    "card-expired": (
        ("54", lambda bench: bench.put(expiry="2512") or code_of(bench, B.PURCHASE, 100)),  # type: ignore[func-returns-value]
        ("54", asked(B.PURCHASE, 100, expiry="3011")),
        ("54", lambda bench: code_of(bench, B.PURCHASE, 100, offline=True, expiry="9901", chip=b"")),
        ("54", stripe("120", "021", expiry="3011")),
        ("54", with_chip(T95="0040000000")),
    ),
    "pin-wrong": (
        ("55", wrong_pins(1, B.BALANCE)),
        ("55", wrong_pins(2, B.WITHDRAWAL)),
        ("55", lambda bench: code_of(bench, B.BALANCE, pin_block=bench.card.pin("12345"))),
        ("55", lambda bench: bench.put(offset="") or code_of(bench, B.BALANCE)),  # type: ignore[func-returns-value]
    ),
    "pin-missing": (
        ("55", asked(B.BALANCE, 0, pin_block=b"")),
        ("55", asked(B.WITHDRAWAL, 100, pin_block=b"")),
        ("55", stripe("120", "021", pin_block=b"")),
        ("55", with_chip(T95="0000800000")),
        ("55", covered(B.PIN_CHANGE, 0, pin=b"", cvr=ASKS_AFTER_PIN)),
        ("55", covered(B.BALANCE, 0, pin=b"", cvr="03A60000")),
        ("55", lambda bench: code_of(bench, B.BALANCE, pin_block=b"", chip=b"", entry="011")),
    ),
    "currency-foreign": (
        ("57", asked(B.PURCHASE, 100, currency="840")),
        ("57", with_chip(T5F2A="0840")),
        ("57", with_chip(T9F1A="0344")),
        ("57", uploaded(T5F2A="0840")),
    ),
    "stripe-of-chip-card": (("57", stripe("220", "021")), ("57", stripe("620", "902"))),
    "service-not-allowed": (("57", with_chip(T95="0010000000")), ("57", with_chip(T95="0020000000"))),
    "card-not-read": tuple(
        ("58", asked(business, amount, chip=b"", entry=entry, pin_block=PayingCard().pin()))
        for business, amount in ((B.WITHDRAWAL, 100), (B.DEPOSIT, 100), (B.TRANSFER, 100), (B.PIN_CHANGE, 0))
        for entry in ("011", "001")
    ),
    "merchant-not-agreed": (
        ("58", asked(B.PRICE, 1000, member="M1")),
        ("58", price_at("898110080620009", 900, before_discount=1000, member="M1")),
    ),
    "cryptogram-wrong": (
        ("59", with_chip(T9F26="0123456789ABCDEF")),
        ("59", with_chip(T9F10="07010203A0000001")),
        ("59", with_chip(T9F10="07020103A0000001")),
        ("59", with_chip(T9F10="07010103A0000004")),
        ("59", uploaded(T9F26="0123456789ABCDEF")),
    ),
    "over-limit": (("61", limited(LIMITS, 5001)),),
    "over-day-limit": (("61", limited(LIMITS, 5000, 3001)),),
    "card-stopped": (("62", in_state(S.STOPPED)),),
    "refund-to-another": (("63", of_anothers(B.REFUND)),),
    "amount-not-the-originals": (("64", void_of(amount=999)), ("64", reversal(amount=999))),
    "too-often": (("65", limited(LIMITS, 10, 10, 10, 10)),),
    "pin-tries-exceeded": (
        ("75", wrong_pins(3, B.BALANCE)),
        ("75", right_pin_too_late),
        ("75", with_chip(cvr="03A04000")),
        ("75", with_chip(T95="0000200000")),
    ),
    "number-used": (("94", number_used),),
    "reversed-before": (("94", reversed_before),),
    "reversed-since": (("94", reversed_since()), ("94", reversed_since(B.VOID))),
    "cryptogram-used": (("94", replayed(0)), ("94", replayed(1)), ("94", uploaded_twice)),
    "pin-block-unreadable": (
        ("99", asked(B.BALANCE, 0, pin_block=bytes(8))),
        ("99", asked(B.BALANCE, 0, pin_block=bytes(7))),
        ("99", asked(B.PIN_CHANGE, 0, new_pin=bytes(8))),
    ),
}
"""What each reason's code is, and each of its causes."""


@pytest.mark.parametrize(
    ("reason", "code", "cause"),
    [
        pytest.param(reason, *case, id=f"{reason}-{number}")
        for reason, cases in CASES.items()
        for number, case in enumerate(cases)
    ],
)
def test_each_reason_by_its_cause(bench, reason, code, cause):
    assert cause(bench) == code == DECLINES[reason].code
    # Empty: the last that is in the books is the original of what was declined.
    assert bench.reason() in (reason, "")


def test_every_code_is_one_that_terminals_know():
    assert {each.code for each in DECLINES.values()} <= set(RESPONSE_CODES)


def test_no_reason_is_without_its_cause():
    assert set(CASES) == set(DECLINES)
