"""Every behaviour that comes along, over TCP: the terminal gets what the file's title says, and no fen is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from dualcos.leash.ready_behaviours import SOCIAL, ready_behaviours
from dualcos.leash.rule_engine import Leash
from dualcos.messages.service_names import kind_of
from dualcos.messages.social_services import (
    Answer,
    CardCheckAsked,
    CardChecked,
    IdentificationAsked,
    Identified,
    LoadGranted,
    PremiumAsked,
    PremiumCancelled,
    PremiumDue,
    PremiumPaid,
    PreSettled,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    Request,
    ServiceDone,
    ServiceRefused,
    SettlementCancelled,
    SettlementTaken,
    SettlementTakenBack,
    UpdateAsked,
    UpdateGranted,
)
from tests.desk_cards import DeskCard, desk_card
from tests.dualcos.leash.behaving_back_end import PROFILE, Behaving, behaving

PAIR = {"internal_factor": "11" * 8, "internal_original": "22" * 8}
NUMBERS = {"random": "C7D1042E", "sequence": "0001", "self_paid": 1, "pooled": 1, "time": "20260115093000"}


class Visit:
    """A terminal's visit: one request of each kind. ``got``: what came first for each, None for nothing."""

    def __init__(self, back_end: Behaving) -> None:
        self.back_end = back_end
        self.card: DeskCard = desk_card(PROFILE)
        self.got: dict[str, Answer | None] = {}
        self.balances: dict[str, int] = {}

    def ask(self, name: str, request: Request) -> Answer:
        """Asked until there is an answer, as a terminal does that has not heard."""
        answer = self.got[name] = self.back_end.ask(request)
        for _ in range(2):
            if answer is None:
                answer = self.back_end.ask(request)
        assert answer is not None
        assert answer.running == request.running
        return answer

    def made(self) -> dict[str, Answer | None]:
        card = self.card
        self.ask("check", CardCheckAsked(**card.about()))
        external = {"external_factor": "33" * 8, "external_original": "44" * 8}
        self.ask("identification", IdentificationAsked(**card.about(**PAIR, **external)))
        self.ask("proof", ProofAsked(**card.about(key="0090", factor="11" * 8, original="22" * 8)))
        self.ask("purchase", PurchaseMacAsked(**card.about(key="017F", **NUMBERS)))
        self.ask("update", UpdateAsked(**card.about(file="DF04EF05")))
        granted = self.ask("pre-settlement", card.pre_settlement(50_000))
        if isinstance(granted, PreSettled):
            self.ask("settlement", card.settlement(granted))
            self.ask("settlement cancelled", SettlementCancelled(**card.about(voucher=granted.voucher)))
        self.ask("load", card.load(50_000))
        self.ask("small load", card.load(49_999, random=b"\1\2\3\4"))
        due = self.ask("premium", PremiumAsked(**card.about()))
        if isinstance(due, PremiumDue):
            payment = {"voucher": due.voucher, "time": NUMBERS["time"]}
            self.ask("premium paid", PremiumPaid(**card.about(**payment, amount=due.amount)))
            self.ask("premium cancelled", PremiumCancelled(**card.about(**payment)))
        return self.got


def visit(name: str | None) -> tuple[Visit, Behaving]:
    with behaving(Leash(ready_behaviours(SOCIAL)[name].rule if name else ()).followed) as back_end:
        made = Visit(back_end)
        made.made()
        made.balances = back_end.desk.books.balances()
        assert sum(made.balances.values()) == 0
        return made, back_end


@pytest.fixture(scope="module")
def honest() -> Visit:
    return visit(None)[0]


def one_bit(right: str, wrong: str) -> bool:
    return (int(right, 16) ^ int(wrong, 16)).bit_count() == 1


def one_fen(right: int, wrong: int) -> bool:
    return abs(right - wrong) == 1


def refused(answer: Any, code: str) -> bool:
    return isinstance(answer, ServiceRefused) and answer.code == code


# behaviour: what is otherwise than without rules, by the name of the request
LOST: Mapping[str, str] = MappingProxyType(
    {
        "request-lost": "check",
        "answer-lost": "check",
        "answer-late": "check",
        "answer-behind": "check",
        "hangs-up": "check",
        "hangs-up-after": "check",
        "unreadable-answer": "check",
        "answers-another": "proof",
        "settlement-answer-lost": "settlement",
        "load-answer-lost": "load",
        "premium-answer-lost": "premium paid",
        "premium-request-lost": "premium paid",
        "premium-cancel-lost": "premium cancelled",
        "cancel-answer-lost": "settlement cancelled",
    }
)
OTHERWISE: Mapping[str, Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "wrong-load-mac": dict.fromkeys(("load", "small load"), lambda a, b: one_bit(a.mac2, b.mac2)),
        "wrong-purchase-mac": {"purchase": lambda a, b: one_bit(a.mac1, b.mac1)},
        "card-not-genuine": {"identification": lambda a, b: one_bit(a.internal_data, b.internal_data)},
        "wrong-proof": {
            "identification": lambda a, b: one_bit(a.external_data, b.external_data),
            "proof": lambda a, b: one_bit(a.data, b.data),
        },
        "refuses-settlement": {"pre-settlement": lambda _, b: refused(b, "not-insured")},
        "refuses-large": {
            "pre-settlement": lambda _, b: refused(b, "not-insured"),
            "load": lambda _, b: refused(b, "not-enough"),
        },
        "card-lost": {"check": lambda a, b: (a.state, b.state) == ("1", "2")},
        "update-refused": {"update": lambda _, b: refused(b, "terminal-may-not")},
        "premium-refused": {"premium": lambda _, b: refused(b, "nothing-due")},
        "premium-amount-wrong": {
            "premium": lambda a, b: one_fen(a.amount, b.amount),
            "premium paid": lambda _, b: refused(b, "amount-differs"),
        },
        "premium-paid-elsewhere": {"premium paid": lambda _, b: refused(b, "premium-paid")},
        "cancel-refused": {"settlement cancelled": lambda _, b: refused(b, "settlement-not-reported")},
        "cancel-amount-wrong": {"settlement cancelled": lambda a, b: one_fen(a.account, b.account)},
    }
)
UNSEEN: Mapping[str, str] = MappingProxyType({"slow": "", "answered-twice": "", "premium-slow": "premium"})
"""What a patient terminal does not see, and how the services are called to which it happens."""


def test_every_behaviour_is_tried():
    assert ready_behaviours(SOCIAL).keys() == {*LOST, *OTHERWISE, *UNSEEN}


def test_without_rules_everything_is_answered(honest):
    kinds = {name: type(answer) for name, answer in honest.got.items()}
    assert kinds == {
        "check": CardChecked,
        "identification": Identified,
        "proof": Proved,
        "purchase": PurchaseMac,
        "update": UpdateGranted,
        "pre-settlement": PreSettled,
        "settlement": SettlementTaken,
        "settlement cancelled": SettlementTakenBack,
        "load": LoadGranted,
        "small load": LoadGranted,
        "premium": PremiumDue,
        "premium paid": ServiceDone,
        "premium cancelled": ServiceDone,
    }


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost_is_lost_once_and_nothing_is_done_twice(honest, name):
    made, _ = visit(name)
    assert made.got == honest.got | {LOST[name]: None}
    assert made.balances == honest.balances


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_wrong_is_wrong_there_and_nowhere_else(honest, name):
    made, _ = visit(name)
    otherwise = OTHERWISE[name]
    for request, answer in made.got.items():
        right = honest.got[request]
        if request in otherwise:
            assert otherwise[request](right, answer)
        else:
            assert type(answer) is type(right)


@pytest.mark.parametrize("name", sorted(UNSEEN))
def test_what_a_patient_terminal_does_not_see(honest, name):
    made, back_end = visit(name)
    assert made.got == honest.got
    assert made.balances == honest.balances
    handled = [each for each in back_end.handled if kind_of(each.request).startswith(UNSEEN[name])]
    assert handled == [each for each in back_end.handled if each.rule]
    assert back_end.waited == ([] if name == "answered-twice" else [2.0] * len(handled))


def test_whether_a_lost_request_was_carried_out_is_known():
    for name, carried_out in (("request-lost", False), ("answer-lost", True), ("hangs-up", False)):
        _, back_end = visit(name)
        assert (back_end.handled[0].carried_out, back_end.handled[0].answer) == (carried_out, None)
