"""The desk that answers social terminals (社保后台): one request, one answer, everything of it in one transaction.

It knows no connection and no clock of its own, so that it is asked in process as well as behind a server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any

import msgspec

from dualcos.issuance.bureau.blacklist_publisher import PublisherError
from dualcos.issuance.bureau.terminal_services import (
    cancellation_service,
    hsm_answers,
    ledger_accounts,
    load_service,
    premium_service,
    settlement_service,
    update_service,
)
from dualcos.issuance.bureau.terminal_services.desk_books import AnsweredRequest, DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans, NothingPublished, PublishedLists
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal, refused
from dualcos.issuance.bureau.terminal_services.ledger_accounts import OPENING
from dualcos.issuance.bureau.terminal_services.provincial_keys import KeysOfCard
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms, RegisteredCard
from dualcos.messages.blacklist_pieces import sent_from
from dualcos.messages.social_services import (
    Answer,
    BlacklistAsked,
    BlacklistSent,
    CardCheckAsked,
    CardChecked,
    CommandAsked,
    IdentificationAsked,
    LoadAsked,
    LoadReported,
    PremiumAsked,
    PremiumCancelled,
    PremiumPaid,
    PreSettlementAsked,
    ProofAsked,
    PurchaseMacAsked,
    PurchaseMacCheckAsked,
    Request,
    SettlementCancelled,
    SettlementGivenUp,
    SettlementReported,
    UpdateAsked,
    UpdateReported,
)


def _checked(means: DeskMeans, asked: CardCheckAsked) -> CardChecked:
    entry = means.registered(asked.card)
    return CardChecked(running=asked.running, state=entry.state, insured_at=entry.insured_at)


def _published(means: DeskMeans, asked: BlacklistAsked) -> BlacklistSent:
    try:
        return sent_from(asked, means.lists.since(asked.after, asked.history))
    except PublisherError:
        raise DeskRefusal("lists-unreadable") from None


_SERIES = 4
_Service = Callable[[DeskMeans, Any], Answer]
_COMPUTED: Mapping[type, _Service] = MappingProxyType(
    {
        IdentificationAsked: hsm_answers.identified,
        ProofAsked: hsm_answers.proved,
        CommandAsked: hsm_answers.command,
        PurchaseMacCheckAsked: hsm_answers.mac2_checked,
        CardCheckAsked: _checked,
        BlacklistAsked: _published,
    }
)
"""Services that change nothing: asked again they are worked out again, and nothing is kept of them. Their running
number is only held against what changed something.
"""
_BOOKED: Mapping[type, _Service] = MappingProxyType(
    {
        PurchaseMacAsked: hsm_answers.mac1,
        UpdateAsked: update_service.granted,
        UpdateReported: update_service.reported,
        LoadAsked: load_service.granted,
        LoadReported: load_service.reported,
        PreSettlementAsked: settlement_service.pre_settled,
        SettlementReported: settlement_service.settled,
        SettlementGivenUp: settlement_service.given_up,
        SettlementCancelled: cancellation_service.cancelled,
        PremiumAsked: premium_service.due,
        PremiumPaid: premium_service.paid,
        PremiumCancelled: premium_service.cancelled,
    }
)
"""Services that change the books: asked again they give the answer that is kept."""


class OpenedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A holder's account has its opening balance."""

    account: str
    fen: int


class TerminalDesk:
    """A ``SocialBackEnd``: the core of the bureau's back end. Any thread may ask it; one is served at a time.

    ``keys``: the key service of a card, None where nobody has its keys. ``cards``: the register, by identification
    code (32 capital hex digits); it may change while the desk is open. ``books``: durable or in memory; the desk closes
    them. ``now``: the time, YYYYMMDDhhmmss. ``random``: so many random bytes, of permits and vouchers. ``terms``: of
    the region. ``lists``: the publisher of blacklists.
    """

    def __init__(
        self,
        *,
        keys: KeysOfCard,
        cards: Mapping[str, RegisteredCard],
        books: DeskBooks,
        now: Callable[[], str],
        random: Callable[[int], bytes],
        terms: RegionTerms | None = None,
        lists: PublishedLists | None = None,
    ) -> None:
        self.books = books
        self._means = DeskMeans(
            keys=keys,
            cards=cards,
            books=books,
            now=now,
            random=random,
            terms=terms or RegionTerms(),
            lists=lists or NothingPublished(),
            series=random(_SERIES).hex().upper(),
        )
        self._one_at_a_time = Lock()

    def ask(self, request: Request) -> Answer:
        """The answer to ``request``. A request of the same terminal, number and content is answered as before and not
        carried out again. Raises BooksError: nothing was done.
        """
        with self._one_at_a_time, self.books.transaction():
            computed = _COMPUTED.get(type(request))
            return self._booked(request) if computed is None else self._computed(request, computed)

    def close(self) -> None:
        """The books are closed."""
        self.books.close()

    def _computed(self, request: Request, service: _Service) -> Answer:
        if self.books.answered(request.terminal, request.running) is not None:
            return refused(request.running, "running-number-used")
        return self._attempted(service, request)

    def _booked(self, request: Request) -> Answer:
        content = hashlib.sha256(msgspec.json.encode(request)).digest()
        before = self.books.answered(request.terminal, request.running)
        if before is not None:
            if before.content != content:
                return refused(request.running, "running-number-used")
            return before.answer
        self._open_account(request)
        answer = self._attempted(_BOOKED[type(request)], request)
        kept = AnsweredRequest(content, answer)
        self.books.keep_answer(request.terminal, request.running, type(request).__name__, kept)
        return answer

    def _attempted(self, service: _Service, request: Request) -> Answer:
        try:
            with self.books.attempt():
                return service(self._means, request)
        except DeskRefusal as refusal:
            return refused(request.running, refusal.code)

    def _open_account(self, request: Request) -> None:
        """The opening balance of a holder that the books have not heard of."""
        entry = None if isinstance(request, BlacklistAsked) else self._means.cards.get(request.card.identification)
        if entry is None:
            return
        account = ledger_accounts.holder(entry.social_number)
        if self.books.paper(OpenedAccount, account) is None:
            self.books.file_paper(account, entry.identification, OpenedAccount(account=account, fen=entry.opening))
            opening = {OPENING: -entry.opening, account: entry.opening}
            self.books.post(self._means.now(), "opening balance", account, opening)
