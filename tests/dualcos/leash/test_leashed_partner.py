"""What goes out, and when, for two requests in a row: with messages of a format that the leash has never seen."""

from __future__ import annotations

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.leash.leashed_partner import CloseConnection, HandledRequest, LeashedPartner, SendAnswer, WaitSeconds
from dualcos.leash.rule_engine import Leash


class PlainForm:
    """Requests are numbers, answers texts."""

    def facts(self, request, /):
        return {"n": request}

    def refusal(self, request, code, /):
        return f"{request} {code}"

    def altered(self, answer, fields, /):
        return f"{answer} {fields}"

    def spoiled(self, answer, names, /):
        return f"{answer} not {','.join(names)}"

    def unasked(self, request, /):
        return f"not for {request}"


def played(rule: LeashRule) -> tuple[list[list[str]], list[int], list[HandledRequest]]:
    """The steps of each of two requests, the first under the rule; what the host carried out; what was told."""
    host, told = [], []

    def core(request: int) -> str:
        host.append(request)
        return str(request)

    partner = LeashedPartner(core, Leash((rule,)).followed, PlainForm(), told.append)
    steps = [[said(step) for step in partner.steps(request)] for request in (1, 2)]
    return steps, host, told


def said(step) -> str:
    if isinstance(step, SendAnswer):
        return step.answer
    if isinstance(step, WaitSeconds):
        return f"wait {step.seconds:g}"
    assert isinstance(step, CloseConnection)
    return "close"


@pytest.mark.parametrize(
    ("does", "first", "second", "host"),
    [
        ({}, ["1"], ["2"], [1, 2]),
        ({"answer": {"a": 5}}, ["1 {'a': 5}"], ["2"], [1, 2]),
        ({"wrong": ("mac", "tac")}, ["1 not mac,tac"], ["2"], [1, 2]),
        ({"wrong": ("mac",), "answer": {"a": 5}}, ["1 not mac {'a': 5}"], ["2"], [1, 2]),
        ({"refuse": "no"}, ["1 no"], ["2"], [2]),
        ({"delay": 3.0}, ["wait 3", "1"], ["2"], [1, 2]),
        ({"delay": 3.0, "drop": "after commit"}, ["wait 3"], ["2"], [1, 2]),
        ({"drop": "before commit"}, [], ["2"], [2]),
        ({"drop": "after commit"}, [], ["2"], [1, 2]),
        ({"drop": "after commit", "close": True}, ["close"], ["2"], [1, 2]),
        ({"drop": "before commit", "close": True}, ["close"], ["2"], [2]),
        ({"close": True}, ["1", "close"], ["2"], [1, 2]),
        ({"duplicate": True}, ["1", "1"], ["2"], [1, 2]),
        ({"late": "in front"}, [], ["1", "2"], [1, 2]),
        ({"late": "behind"}, [], ["2", "1"], [1, 2]),
        ({"late": "behind", "refuse": "no"}, [], ["2", "1 no"], [2]),
        ({"unsolicited": "in front"}, ["not for 1", "1"], ["2"], [1, 2]),
        ({"unsolicited": "behind"}, ["1", "not for 1"], ["2"], [1, 2]),
        ({"unsolicited": "behind", "drop": "before commit"}, ["not for 1"], ["2"], [2]),
        ({"unsolicited": "in front", "late": "behind", "delay": 3.0}, ["wait 3", "not for 1"], ["2", "1"], [1, 2]),
    ],
)
def test_each_action(does, first, second, host):
    rule = LeashRule(match={"n": 1}, **does)
    steps, carried_out, told = played(rule)
    assert steps == [first, second]
    assert carried_out == host
    assert [each.carried_out for each in told] == [1 in host, True]
    assert told[0].rule is not None
    assert (told[0].rule.number, told[0].rule.rule) == (1, rule)
    assert told[1].rule is None
    assert [each.answer is None for each in told] == ["drop" in does, False]


def test_the_request_is_carried_out_before_anything_is_waited_for():
    host = []
    partner = LeashedPartner(
        lambda request: host.append(request) or "a", Leash((LeashRule(delay=9),)).followed, PlainForm()
    )
    steps = partner.steps(1)
    assert next(steps) == WaitSeconds(9)
    assert host == [1]


def test_an_order_is_carried_out_before_the_request():
    done = []
    rules = (LeashRule(match={"n": 1}, first="lost"), LeashRule(match={"n": 2}, first="found", drop="before commit"))
    partner = LeashedPartner(
        lambda request: done.append(request) or "a", Leash(rules).followed, PlainForm(),
        order=lambda order, request: done.append((order, request)),
    )  # fmt: skip
    for request in (1, 2, 3):
        list(partner.steps(request))
    assert done == [("lost", 1), 1, ("found", 2), 3]


def test_two_late_answers_come_with_the_next_that_is_not():
    partner = LeashedPartner(str, Leash((LeashRule(times=2, late="in front"),)).followed, PlainForm())
    assert [[said(step) for step in partner.steps(request)] for request in (1, 2, 3)] == [[], ["1"], ["2", "3"]]
