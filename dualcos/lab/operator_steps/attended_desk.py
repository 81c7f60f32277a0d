"""A desk with somebody at it: answers become records, told to whoever keeps them; what holds is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from dualcos.lab.evidence.campaign_records import AnyRecord, StepAttested, moment
from dualcos.lab.operator_steps.attestations import FOR_GOOD, holds_at, latest
from dualcos.lab.operator_steps.desk import YES_NO, OperatorQuestion, OperatorWords


class AskedPerson(Protocol):
    """A person, however one talks to him. Raises KeyboardInterrupt when he leaves."""

    def choice(self, words: OperatorWords, choices: Mapping[str, OperatorWords]) -> str:
        """The name of one of ``choices``."""
        ...

    def number(self, words: OperatorWords, unit: str) -> float:
        """A finite number in ``unit``, not negative."""
        ...

    def confirm(self, words: OperatorWords) -> None:
        """Returns when he says that it is done."""
        ...

    def show(self, words: OperatorWords) -> None:
        """Shown, and nothing is waited for."""
        ...


class AttendedDesk:
    """The desk of ``person``, called ``name`` in records. ``now``: the clock, UTC. ``note`` gets each record before the
    answer is used. ``earlier``: the records of sessions before.
    """

    attended = True

    def __init__(
        self,
        person: AskedPerson,
        name: str,
        *,
        now: Callable[[], datetime],
        note: Callable[[StepAttested], None],
        earlier: Iterable[AnyRecord] = (),
    ) -> None:
        self._person = person
        self._name = name
        self._now = now
        self._note = note
        self._earlier = dict(latest(earlier))

    def answer(self, question: OperatorQuestion) -> StepAttested:
        """As the protocol."""
        known = self._earlier.get((question.id, question.step))
        if known is not None and holds_at(known, self._now()) and _fits(question, known):
            return known
        measured = self._person.number(question.words, question.unit) if question.unit else None
        chosen = "" if question.unit else self._person.choice(question.words, question.choices)
        at = self._now()
        return self._noted(
            StepAttested(
                at=moment(at),
                id=question.id,
                step=question.step,
                answer=chosen,
                measured=measured,
                unit=question.unit,
                by=self._name,
                until=moment(at + timedelta(days=question.valid_days)),
            )
        )

    def agrees(self, words: OperatorWords) -> bool:
        """As the protocol."""
        return self._person.choice(words, YES_NO) == "yes"

    def act(self, words: OperatorWords) -> None:
        """As the protocol."""
        self._person.confirm(words)

    def tell(self, words: OperatorWords) -> None:
        """As the protocol."""
        self._person.show(words)

    def done(self, id_: str, step: str, what: str, count: int | None = None, unit: str = "") -> None:
        """As the protocol."""
        measured = None if count is None else float(count)
        self._noted(
            StepAttested(
                at=moment(self._now()),
                id=id_,
                step=step,
                answer=what,
                measured=measured,
                unit=unit,
                by=self._name,
                until=FOR_GOOD,
            )
        )

    def _noted(self, record: StepAttested) -> StepAttested:
        self._note(record)
        self._earlier[record.id, record.step] = record
        return record


def _fits(question: OperatorQuestion, attested: StepAttested) -> bool:
    """True if ``attested`` could be an answer to ``question``."""
    if question.unit:
        return attested.unit == question.unit and attested.measured is not None
    return attested.answer in question.choices
