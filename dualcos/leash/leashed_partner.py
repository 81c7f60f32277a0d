"""A partner on the leash: what is sent, and when, for each request of one connection. No I/O: it yields steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from dualcos.leash.leash_rules import Facts, LeashRule
from dualcos.leash.message_form import MessageForm
from dualcos.leash.rule_engine import AppliedRule

Q = TypeVar("Q")
A = TypeVar("A")
Follow = Callable[[Facts], AppliedRule | None]
"""Gives the rule for a message: ``Leash.followed``, or that of rules which are looked for anew."""
BEFORE, BEHIND = "before commit", "behind"


@dataclass(frozen=True)
class SendAnswer(Generic[A]):
    """An answer goes out now."""

    answer: A


class WaitSeconds(NamedTuple):
    """Nothing happens for so long."""

    seconds: float


class CloseConnection(NamedTuple):
    """Nothing goes out any more."""


@dataclass(frozen=True)
class HandledRequest(Generic[Q, A]):
    """One request and what was done. ``answer``: as it went out; None if none does. ``carried_out``: the host was
    asked. ``rule``: the one that was followed.
    """

    request: Q
    answer: A | None
    carried_out: bool
    rule: AppliedRule | None


Step = SendAnswer[A] | WaitSeconds | CloseConnection
_NO_RULE = LeashRule()


class LeashedPartner(Generic[Q, A]):
    """One end of one connection. ``core`` carries a request out, and has done so when it returns; ``follow`` gives its
    rule; ``watch`` is told before the first step; ``order`` carries out what a rule orders first.
    """

    def __init__(
        self,
        core: Callable[[Q], A],
        follow: Follow,
        form: MessageForm[Q, A],
        watch: Callable[[HandledRequest[Q, A]], None] = lambda _: None,
        order: Callable[[str, Q], None] = lambda _order, _request: None,
    ) -> None:
        self._core = core
        self._order = order
        self._follow = follow
        self._form = form
        self._watch = watch
        self._late: list[tuple[str, A]] = []

    def steps(self, request: Q) -> Iterator[Step[A]]:
        """What is to be done, in order. All that ``core`` does it has done before the first step."""
        applied = self._follow(self._form.facts(request))
        rule = applied.rule if applied else _NO_RULE
        if rule.first:
            self._order(rule.first, request)
        answer, carried_out = self._answer(request, rule)
        out = None if rule.drop else answer
        self._watch(HandledRequest(request, out, carried_out, applied))
        late, self._late = self._late, []
        if rule.delay:
            yield WaitSeconds(rule.delay)
        yield from (SendAnswer(each) for where, each in late if where != BEHIND)
        if rule.unsolicited and rule.unsolicited != BEHIND:
            yield SendAnswer(self._form.unasked(request))
        if out is not None and rule.late:
            self._late.append((rule.late, out))
        elif out is not None:
            yield SendAnswer(out)
            if rule.duplicate:
                yield SendAnswer(out)
        yield from (SendAnswer(each) for where, each in late if where == BEHIND)
        if rule.unsolicited == BEHIND:
            yield SendAnswer(self._form.unasked(request))
        if rule.close:
            yield CloseConnection()

    def _answer(self, request: Q, rule: LeashRule) -> tuple[A | None, bool]:
        """The answer, and whether the host was asked for it."""
        if rule.drop == BEFORE:
            return None, False
        if rule.refuse:
            return self._form.refusal(request, rule.refuse), False
        answer = self._core(request)
        if rule.wrong:
            answer = self._form.spoiled(answer, rule.wrong)
        return (self._form.altered(answer, rule.answer) if rule.answer else answer), True


class LeashedCaller(Generic[Q, A]):
    """A partner on the leash in this process: asked like the host itself, silent where its rules say so.

    ``patience``: a longer delay is an answer that never comes; nobody waits for the others.
    """

    def __init__(self, core: Callable[[Q], A], follow: Follow, form: MessageForm[Q, A], patience: float = 5) -> None:
        self._partner = LeashedPartner(core, follow, form)
        self._form = form
        self._patience = patience

    def ask(self, request: Q) -> A:
        """The answer that belongs to the request. Raises what the form has for silence."""
        waited, found = 0.0, None
        for step in self._partner.steps(request):
            if isinstance(step, WaitSeconds):
                waited += step.seconds
            elif isinstance(step, SendAnswer) and found is None and self._form.belongs(request, step.answer):
                found = step.answer
        if found is None or waited > self._patience:
            raise self._form.silence("no answer: a rule of the leash 规则：无应答")
        return found
