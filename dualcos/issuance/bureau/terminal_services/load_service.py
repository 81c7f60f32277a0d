"""账户划入: money from a holder's personal account onto his card (SSC-7 §11).

A load is in transit from MAC2 on. What proves itself counts:

* The card's TAC, whoever brings it: the card has that load, and no other with that sequence number. Money that was
  given back before is debited again.
* A card that begins with the number of a load in transit has not credited that one: the money comes back.
* A card that begins with a later number has credited one with each number before. Which, its balance says: what it
  shows with the next number is no more than that load left on it. That stays, whatever becomes of the new load.
* That a card has not credited a load is believed to the terminal that asked for it, and to no other; until the card
  proves the contrary.
* A TAC with all that goes into it, of a load that the books do not know, is of books that were restored: it is booked
  as found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal, refused
from dualcos.issuance.bureau.terminal_services.ledger_accounts import TRANSIT
from dualcos.issuance.bureau.terminal_services.settlement_service import free_balance
from dualcos.messages.social_services import LoadAsked, LoadGranted, LoadReported, ServiceDone, ServiceRefused
from keys.mac import same
from keys.medical_macs import Load, load_session

_MOST = 0xFFFFFFFF


class LoadPaper(Struct, frozen=True, kw_only=True):
    """A load: what the card began, what was answered, what became of it. ``proven``: by its TAC, not by the card's next
    load alone; ``found``: only its TAC told of it, so there is no answer.
    """

    voucher: str
    terminal: str
    card: str
    social_number: str
    amount: int
    balance: int
    sequence: int
    kind: int
    random: str
    mac1: str
    time: str
    mac2: str
    state: Literal["in transit", "credited", "given back"] = "in transit"
    proven: bool = False
    found: bool = False

    def of_card(self) -> Load:
        """What its MACs are made over."""
        terminal, time = bytes.fromhex(self.terminal), bytes.fromhex(self.time)
        return Load(self.balance, self.amount, terminal, self.sequence, time, self.kind)


def granted(means: DeskMeans, asked: LoadAsked) -> LoadGranted | ServiceRefused:
    """MAC2, once MAC1 is the card's and the account has been debited; of the same beginning again, the same."""
    entry = means.in_use(asked.card)
    paper = _begun(means, asked, entry.social_number)
    papers = means.books.papers(LoadPaper, paper.card)
    if any(each.sequence > paper.sequence for each in papers):
        raise DeskRefusal("sequence-used")
    if any(each.sequence == paper.sequence and each.state == "credited" for each in papers):
        raise DeskRefusal("sequence-used")
    _learn(means, papers, paper)
    # What the card has proven stays booked from here on: no exception, which would undo it.
    if paper.balance + paper.amount > _MOST:
        return refused(asked.running, "amount-too-large")
    again = next((each for each in papers if _is_same(each, paper)), None)
    if again is not None and again.state == "in transit":
        return _answer(asked, again)
    if free_balance(means, entry) < asked.amount:
        return refused(asked.running, "not-enough")
    if again is None:
        again = structs.replace(paper, voucher=means.voucher("L", "load"))
    _move(means, again, "load", "in transit", ledger_accounts.holder(again.social_number), TRANSIT)
    return _answer(asked, again)


def reported(means: DeskMeans, told: LoadReported) -> ServiceDone:
    """The card's TAC, or that it has not credited the load."""
    paper = means.books.paper(LoadPaper, told.voucher)
    if told.tac:
        if paper is None or paper.card != told.card.identification:
            paper = _unforeseen(means, told, "voucher-unknown" if paper is None else "voucher-of-another")
        _prove(means, paper, told)
        return ServiceDone(running=told.running)
    if paper is None:
        raise DeskRefusal("voucher-unknown")
    if (paper.card, paper.terminal) != (told.card.identification, told.terminal):
        raise DeskRefusal("voucher-of-another")
    if paper.state == "credited":
        raise DeskRefusal("credited-already")
    if paper.state == "in transit":
        _give_back(means, paper)
    return ServiceDone(running=told.running)


# --- what a card begins ----------------------------------------------------------------------------------------------


def _begun(means: DeskMeans, asked: LoadAsked, social_number: str) -> LoadPaper:
    """The load as the card has begun it, its MAC1 right and MAC2 made; no voucher yet. Raises DeskRefusal."""
    paper = LoadPaper(
        voucher="",
        terminal=asked.terminal,
        card=asked.card.identification,
        social_number=social_number,
        amount=asked.amount,
        balance=asked.balance,
        sequence=int(asked.sequence, 16),
        kind=int(asked.kind, 16),
        random=asked.random,
        mac1=asked.mac1,
        time=means.now(),
        mac2="",
    )
    key = means.keys_of(asked.card).handle(f"DLK{asked.key_index:02d}", int(asked.key_version, 16))
    session = load_session(key, bytes.fromhex(asked.random), paper.sequence)
    load = paper.of_card()
    if not same(load.mac1(session), bytes.fromhex(asked.mac1)):
        raise DeskRefusal("mac1-wrong")
    return structs.replace(paper, mac2=load.mac2(session).hex().upper())


def _is_same(earlier: LoadPaper, begun: LoadPaper) -> bool:
    return (earlier.sequence, earlier.random, earlier.mac1) == (begun.sequence, begun.random, begun.mac1)


def _answer(asked: LoadAsked, paper: LoadPaper) -> LoadGranted:
    return LoadGranted(running=asked.running, voucher=paper.voucher, time=paper.time, mac2=paper.mac2)


# --- what that proves of earlier ones --------------------------------------------------------------------------------


def _learn(means: DeskMeans, papers: Sequence[LoadPaper], begun: LoadPaper) -> None:
    """Book what a card proves by beginning ``begun``."""
    for each in papers:
        if each.state == "in transit" and each.sequence == begun.sequence and not _is_same(each, begun):
            _give_back(means, each)
    for sequence in sorted({each.sequence for each in papers if each.sequence < begun.sequence}):
        shown = [each.balance for each in (*papers, begun) if each.sequence == sequence + 1]
        _decide(means, [each for each in papers if each.sequence == sequence], max(shown, default=0))


def _decide(means: DeskMeans, papers: Sequence[LoadPaper], after: int) -> None:
    """The card has credited one load with the number of ``papers``, and then had at least ``after``."""
    if any(each.state == "credited" for each in papers):
        return
    possible = [each for each in papers if each.balance + each.amount >= after]
    fitting = [each for each in possible if each.balance + each.amount == after] or possible
    if fitting:
        _credit(means, max(fitting, key=lambda each: (each.state == "in transit", each.voucher)))
    else:
        _only(means, papers)


def _credit(means: DeskMeans, paper: LoadPaper, *, proven: bool = False) -> None:
    """The card has this load, and so no other of its number."""
    others = means.books.papers(LoadPaper, paper.card)
    _only(means, [each for each in others if each.sequence == paper.sequence and each.voucher != paper.voucher])
    source = TRANSIT if paper.state == "in transit" else ledger_accounts.holder(paper.social_number)
    kind = "load found" if paper.found else "load credited"
    paper = structs.replace(paper, proven=proven)
    _move(means, paper, kind, "credited", source, ledger_accounts.purse(paper.card))


def _only(means: DeskMeans, others: Sequence[LoadPaper]) -> None:
    """The card has none of these, as it has another one."""
    for each in others:
        if each.state == "in transit":
            _give_back(means, each)
        elif each.state == "credited" and not each.proven:
            holder, purse = ledger_accounts.holder(each.social_number), ledger_accounts.purse(each.card)
            _move(means, each, "load taken back", "given back", purse, holder)


# --- what a terminal reports -----------------------------------------------------------------------------------------


def _prove(means: DeskMeans, paper: LoadPaper, told: LoadReported) -> None:
    """The card has the load, by its TAC. Raises DeskRefusal."""
    key = means.keys_of(told.card).handle("DTK")
    if not same(paper.of_card().tac(key), bytes.fromhex(told.tac)):
        raise DeskRefusal("tac-wrong")
    if paper.state != "credited":
        _credit(means, paper, proven=True)
    elif not paper.proven:
        means.books.file_paper(paper.voucher, paper.card, structs.replace(paper, proven=True))


def _unforeseen(means: DeskMeans, told: LoadReported, code: str) -> LoadPaper:
    """The load of a report whose voucher is none of this card's here; the one found before, if it is the same.

    Raises DeskRefusal: ``code``, if the report does not say what its TAC is over.
    """
    if told.amount is None or told.balance is None or not told.sequence or not told.time:
        raise DeskRefusal(code)
    entry = means.registered(told.card)
    found = LoadPaper(
        voucher="",
        terminal=told.terminal,
        card=entry.identification,
        social_number=entry.social_number,
        amount=told.amount,
        balance=told.balance,
        sequence=int(told.sequence, 16),
        kind=int(told.kind, 16),
        random="",
        mac1="",
        time=told.time,
        mac2="",
        state="given back",
        found=True,
    )
    for each in means.books.papers(LoadPaper, found.card):
        if each.of_card() == found.of_card():
            return each
    return structs.replace(found, voucher=means.voucher("L", "load"))


def _give_back(means: DeskMeans, paper: LoadPaper) -> None:
    _move(means, paper, "load given back", "given back", TRANSIT, ledger_accounts.holder(paper.social_number))


def _move(
    means: DeskMeans,
    paper: LoadPaper,
    kind: str,
    state: Literal["in transit", "credited", "given back"],
    source: str,
    target: str,
) -> None:
    means.books.post(means.now(), kind, paper.voucher, {source: -paper.amount, target: paper.amount})
    means.books.file_paper(paper.voucher, paper.card, structs.replace(paper, state=state))
