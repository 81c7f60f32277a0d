"""账户划入: money from a holder's personal account onto his card (SSC-7 §11).

A load is in transit from MAC2 on, until the card's TAC says that it has it, or the terminal that it has not. What
proves itself counts: a TAC after the money was given back debits the account again; a card that begins a load with the
sequence number of one in transit has never credited that, and the money comes back.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.ledger_accounts import TRANSIT
from dualcos.issuance.bureau.terminal_services.provincial_keys import CardKeys
from dualcos.issuance.bureau.terminal_services.settlement_service import free_balance
from dualcos.messages.social_services import LoadAsked, LoadGranted, LoadReported, ServiceDone
from keys.mac import same
from keys.medical_macs import Load, load_session

_MOST = 0xFFFFFFFF


class LoadPaper(Struct, frozen=True, kw_only=True):
    """A load: what the card began, what was answered, what became of it."""

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


def granted(means: DeskMeans, asked: LoadAsked) -> LoadGranted:
    """MAC2, once MAC1 is the card's and the account has been debited."""
    entry, keys = means.in_use(asked.card), means.keys_of(asked.card)
    time, sequence = means.now(), int(asked.sequence, 16)
    load = Load(
        asked.balance,
        asked.amount,
        bytes.fromhex(asked.terminal),
        sequence,
        bytes.fromhex(time),
        int(asked.kind, 16),
    )
    key = keys.handle(f"DLK{asked.key_index:02d}", int(asked.key_version, 16))
    session = load_session(key, bytes.fromhex(asked.random), sequence)
    if not same(load.mac1(session), bytes.fromhex(asked.mac1)):
        raise DeskRefusal("mac1-wrong")
    if asked.balance + asked.amount > _MOST:
        raise DeskRefusal("amount-too-large")
    for earlier in means.books.papers(LoadPaper, asked.card.identification):
        if earlier.state == "credited" and earlier.sequence >= sequence:
            raise DeskRefusal("sequence-used")
        if earlier.state == "in transit" and earlier.sequence == sequence:
            if (earlier.random, earlier.mac1) == (asked.random, asked.mac1):
                return LoadGranted(running=asked.running, voucher=earlier.voucher, time=earlier.time, mac2=earlier.mac2)
            _give_back(means, earlier)
    if free_balance(means, entry) < asked.amount:
        raise DeskRefusal("not-enough")
    paper = LoadPaper(
        voucher=f"L{means.books.next_number('load'):010d}",
        terminal=asked.terminal,
        card=asked.card.identification,
        social_number=entry.social_number,
        amount=asked.amount,
        balance=asked.balance,
        sequence=sequence,
        kind=int(asked.kind, 16),
        random=asked.random,
        mac1=asked.mac1,
        time=time,
        mac2=load.mac2(session).hex().upper(),
    )
    means.books.file_paper(paper.voucher, paper.card, paper)
    _post(means, paper, "load", ledger_accounts.holder(paper.social_number), TRANSIT)
    return LoadGranted(running=asked.running, voucher=paper.voucher, time=time, mac2=paper.mac2)


def reported(means: DeskMeans, told: LoadReported) -> ServiceDone:
    """The card's TAC, or that it has not credited the load."""
    paper = means.books.paper(LoadPaper, told.voucher)
    if paper is None:
        raise DeskRefusal("voucher-unknown")
    if paper.card != told.card.identification:
        raise DeskRefusal("voucher-of-another")
    if told.tac:
        _credited(means, paper, means.keys_of(told.card), bytes.fromhex(told.tac))
    elif paper.state == "credited":
        raise DeskRefusal("credited-already")
    elif paper.state == "in transit":
        _give_back(means, paper)
    return ServiceDone(running=told.running)


def _credited(means: DeskMeans, paper: LoadPaper, keys: CardKeys, tac: bytes) -> None:
    terminal, time = bytes.fromhex(paper.terminal), bytes.fromhex(paper.time)
    load = Load(paper.balance, paper.amount, terminal, paper.sequence, time, paper.kind)
    if not same(load.tac(keys.handle("DTK")), tac):
        raise DeskRefusal("tac-wrong")
    if paper.state == "credited":
        return
    source = TRANSIT if paper.state == "in transit" else ledger_accounts.holder(paper.social_number)
    _post(means, paper, "load credited", source, ledger_accounts.purse(paper.card))
    means.books.file_paper(paper.voucher, paper.card, structs.replace(paper, state="credited"))


def _give_back(means: DeskMeans, paper: LoadPaper) -> None:
    _post(means, paper, "load given back", TRANSIT, ledger_accounts.holder(paper.social_number))
    means.books.file_paper(paper.voucher, paper.card, structs.replace(paper, state="given back"))


def _post(means: DeskMeans, paper: LoadPaper, kind: str, source: str, target: str) -> None:
    means.books.post(means.now(), kind, paper.voucher, {source: -paper.amount, target: paper.amount})
