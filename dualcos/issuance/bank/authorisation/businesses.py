"""What each business books, once the checks are passed: its lines, and what the answer tells besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct, structs

from dualcos.issuance.bank.authorisation import ledger_names
from dualcos.issuance.bank.authorisation.bank_books import Authorisation, BankBooks, OpenedBankAccount
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase
from dualcos.issuance.bank.authorisation.merchant_agreements import MerchantAgreement
from dualcos.issuance.bank.authorisation.programme_points import points_of, settle_points
from dualcos.issuance.bank.authorisation.registered_bank_cards import CLOSED, RegisteredBankCard
from dualcos.messages.authorisation import AuthorisationRequest, Balances, Business


class BusinessDone(Struct, frozen=True, kw_only=True):
    """``authorisation``: with what the business has added. ``debited``: fen that count against the day's limits."""

    authorisation: Authorisation
    debited: int = 0
    balances: Balances | None = None
    points: tuple[int, int] | None = None
    price: int | None = None


Doing = Callable[[AuthorisingCase, Authorisation], BusinessDone]


def do(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    """Book it. Raises IssuerDecline; the caller undoes what was booked before that."""
    return _BUSINESSES[case.request.business](case, row)


def open_account(books: BankBooks, card: RegisteredBankCard, now: str) -> None:
    """The opening balance of an account that the books have not heard of."""
    if books.paper(OpenedBankAccount, card.account) is not None:
        return
    books.file_paper(card.account, card.pan, OpenedBankAccount(account=card.account, fen=card.opening))
    lines = {ledger_names.OPENING: -card.opening, ledger_names.customer(card.account): card.opening}
    books.post(now, "opening balance", card.account, lines)


# --- money out --------------------------------------------------------------------------------------------------------


def _purchase(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    agreement = _agreement_of(case)
    row = structs.replace(row, before_discount=case.request.before_discount)
    _pay(case, row)
    if agreement is not None and _is_member(case):
        row = structs.replace(row, programme=agreement.programme, points_per_yuan=agreement.points_per_yuan)
        row = settle_points(case.means.books, row)
    return BusinessDone(authorisation=row, debited=row.amount, points=points_of(case.means.books, row))


def _agreement_of(case: AuthorisingCase) -> MerchantAgreement | None:
    """The merchant's agreement; a special price must be the one that it gives. Raises IssuerDecline."""
    request = case.request
    agreement = case.means.terms.agreements.get(request.key.merchant)
    if request.before_discount:
        if agreement is None:
            raise IssuerDecline("merchant-not-agreed")
        if not _is_member(case) or agreement.special_price(request.before_discount) != request.amount:
            raise IssuerDecline("price-wrong")
    return agreement


def _is_member(case: AuthorisingCase) -> bool:
    """What was read on the card is what stands on it: preferences are the holder's, not anybody's who names some."""
    return bool(case.card.member) and case.request.member == case.card.member


def _withdrawal(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    _pay(case, row)
    return BusinessDone(authorisation=row, debited=row.amount, balances=_balances(case))


def _pay(case: AuthorisingCase, row: Authorisation) -> None:
    if not case.request.offline:
        _demand_enough(case)
    _post(case, row, {ledger_names.customer(row.account): -row.amount, ledger_names.acquirer(row.acquirer): row.amount})


def _transfer(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    target = _target(case)
    if target.account == row.account:
        raise IssuerDecline("same-account")
    _demand_enough(case)
    open_account(case.means.books, target, row.time)
    row = structs.replace(row, account_to=target.account)
    _post(
        case, row, {ledger_names.customer(row.account): -row.amount, ledger_names.customer(target.account): row.amount}
    )
    return BusinessDone(authorisation=row, debited=row.amount, balances=_balances(case))


def _target(case: AuthorisingCase) -> RegisteredBankCard:
    """The card, or a card of the account, that money goes to. Raises IssuerDecline."""
    wanted, cards = case.request.account_to, case.means.cards
    found = cards.get(wanted) or next((card for card in cards.values() if card.account == wanted), None)
    if found is None:
        raise IssuerDecline("account-unknown")
    if found.state in CLOSED:
        raise IssuerDecline("card-cancelled")
    return found


def _demand_enough(case: AuthorisingCase) -> None:
    if case.means.books.balance(ledger_names.customer(case.card.account)) < case.request.amount:
        raise IssuerDecline("not-enough")


# --- money in ---------------------------------------------------------------------------------------------------------


def _deposit(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    _credit(case, row)
    return BusinessDone(authorisation=row, balances=_balances(case))


def _void(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    original = _original(case.means.books, case.request)
    if original.pan != row.pan:
        raise IssuerDecline("original-of-another")
    _demand_standing_purchase(original)
    if original.refunded:
        raise IssuerDecline("original-not-valid")
    if original.day != row.day:
        raise IssuerDecline("original-of-another-day")
    if original.amount != row.amount:
        raise IssuerDecline("amount-not-the-originals")
    original = settle_points(case.means.books, structs.replace(original, state="voided"))
    case.means.books.keep(original)
    row = structs.replace(row, original=original.number)
    _credit(case, row)
    return BusinessDone(authorisation=row, points=points_of(case.means.books, original))


def _refund(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    original = _original(case.means.books, case.request)
    if original.pan != row.pan:
        raise IssuerDecline("refund-to-another")
    _demand_standing_purchase(original)
    if row.amount > original.open:
        raise IssuerDecline("more-than-open")
    refunded = structs.replace(original, refunded=original.refunded + row.amount)
    original = settle_points(case.means.books, refunded)
    case.means.books.keep(original, original.amount)
    row = structs.replace(row, original=original.number)
    _credit(case, row)
    return BusinessDone(authorisation=row, points=points_of(case.means.books, original))


def _original(books: BankBooks, request: AuthorisationRequest) -> Authorisation:
    """By message key, by reference, or by both, which then must agree. Raises IssuerDecline."""
    found = [books.authorisation(request.acquirer, request.original)] if request.original is not None else []
    found += [books.by_reference(request.reference)] if request.reference else []
    first = found[0] if found else None
    if first is None or any(each is None or each.number != first.number for each in found):
        raise IssuerDecline("original-unknown")
    return first


def _demand_standing_purchase(original: Authorisation) -> None:
    if original.business != Business.PURCHASE.name or original.state != "standing":
        raise IssuerDecline("original-not-valid")


def _credit(case: AuthorisingCase, row: Authorisation) -> None:
    _post(case, row, {ledger_names.customer(row.account): row.amount, ledger_names.acquirer(row.acquirer): -row.amount})


# --- no money ---------------------------------------------------------------------------------------------------------


def _balance(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    return BusinessDone(authorisation=row, balances=_balances(case))


def _pin_change(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    before = case.memory.offset or case.card.offset
    case.memory = structs.replace(case.memory, offset=case.means.pins.offset(case.request.new_pin, case.card.pan))
    return BusinessDone(authorisation=structs.replace(row, offset_before=before, offset_after=case.memory.offset))


def _price(case: AuthorisingCase, row: Authorisation) -> BusinessDone:
    agreement = case.means.terms.agreements.get(case.request.key.merchant)
    if agreement is None:
        raise IssuerDecline("merchant-not-agreed")
    row = structs.replace(row, programme=agreement.programme)
    price = agreement.special_price(row.amount) if _is_member(case) else row.amount
    return BusinessDone(authorisation=row, price=price, points=points_of(case.means.books, row))


def _balances(case: AuthorisingCase) -> Balances:
    """Nothing is held back on these accounts, so both are one."""
    fen = case.means.books.balance(ledger_names.customer(case.card.account))
    return Balances(fen, fen)


def _post(case: AuthorisingCase, row: Authorisation, lines: dict[str, int]) -> None:
    case.means.books.post(row.time, case.request.business.en, row.reference, lines)


_BUSINESSES: Mapping[Business, Doing] = MappingProxyType(
    {
        Business.BALANCE: _balance,
        Business.PURCHASE: _purchase,
        Business.VOID: _void,
        Business.REFUND: _refund,
        Business.WITHDRAWAL: _withdrawal,
        Business.DEPOSIT: _deposit,
        Business.TRANSFER: _transfer,
        Business.PIN_CHANGE: _pin_change,
        Business.PRICE: _price,
    }
)
