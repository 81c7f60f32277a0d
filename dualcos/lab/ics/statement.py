"""An implementation conformance statement (实现一致性声明): the answers, read, checked, derived, applied to a profile.

As text it is TOML: a table ``sample`` of free texts, a table ``answers`` with the ids of questions as keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple, Self

from dualcos.lab.ics.card_questions import ENVIRONMENT
from dualcos.lab.ics.excluded_answers import Contradiction, contradictions_in
from dualcos.lab.ics.question import Answer, Question, written
from dualcos.lab.ics.questions import BY_ID, QUESTIONS
from dualcos.profile.field_faults import nearest, shown
from dualcos.profile.schema import Profile
from dualcos.textforms.json_and_toml import BadText, from_toml

SAMPLE, ANSWERS = "sample", "answers"
SAMPLE_FIELDS: Mapping[str, tuple[str, str]] = {
    "product": ("产品名称", "what the product is called"),
    "version": ("产品版本", "its version"),
    "manufacturer": ("生产者", "who makes it"),
    "date": ("声明日期", "date of this statement"),
}
LONGEST_TEXT, _LONGEST_SHOWN = 200, 24


class StatementError(Exception):
    """The statement cannot be used; the message says which answer, why, and what to do, in one line."""


class AnswerDiffers(NamedTuple):
    """An answer that a profile does not give: ``profile`` is what it says, None if nothing."""

    question: Question
    answer: Answer
    profile: Answer | None


class Statement(NamedTuple):
    """``answers`` by question, each one that the question takes; ``sample``: free texts about what was answered for."""

    answers: Mapping[str, Answer]
    sample: Mapping[str, str] = {}

    @classmethod
    def from_toml(cls, text: str, source: str = "statement") -> Self:
        """Raises StatementError: an unknown question or answer is refused with the nearest there is."""
        try:
            told = from_toml(text)
        except BadText as error:
            raise StatementError(f"{source}: {error}") from None
        for name in told:
            if name not in (SAMPLE, ANSWERS):
                near = nearest(name, (SAMPLE, ANSWERS)) or f"there are {SAMPLE} and {ANSWERS}"
                raise StatementError(f"{source}: no table {name}; {near}")
            if not isinstance(told[name], dict):
                raise StatementError(f"{source}: {name} is a table, [{name}]")
        if ANSWERS not in told:
            raise StatementError(f"{source}: it has no table [{ANSWERS}]; `dualcos lab ics derive` makes a statement")
        sample = dict(_sample(told.get(SAMPLE, {}), source))
        return cls(dict(_answers(told.get(ANSWERS, {}), source)), sample)

    @classmethod
    def derived(cls, profile: Profile) -> Self:
        """What ``profile`` answers, to all that is asked of its card. Raises StatementError."""
        told: dict[str, Answer] = {}
        for question in QUESTIONS:
            answer = question.said(profile) if _is_asked(question, told) else None
            if answer is None:
                continue
            if not question.takes(answer):
                raise StatementError(f"{question.id} is {shown(answer)} in this profile; {_may_be(question)}")
            told[question.id] = answer
        return cls(told)

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions about what the card has, as far as that is answered."""
        return tuple(each for each in QUESTIONS if _is_asked(each, self.answers))

    @property
    def open(self) -> tuple[Question, ...]:
        """Those of them that have no answer."""
        return tuple(each for each in self.asked if each.id not in self.answers)

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Answers that are not of one card."""
        return contradictions_in(self.answers)

    def demand_consistent(self, source: str = "statement") -> None:
        """Raises StatementError with the first contradiction."""
        for each in self.contradictions:
            raise StatementError(f"{source}: {each.line}")

    def differing(self, profile: Profile) -> tuple[AnswerDiffers, ...]:
        """The answers that ``profile`` does not give. What is open is as the profile says."""
        said = ((BY_ID[name], answer, BY_ID[name].said(profile)) for name, answer in self.answers.items())
        return tuple(AnswerDiffers(*each) for each in said if each[1] != each[2])

    def settings(self, profile: Profile, source: str = "statement") -> tuple[str, ...]:
        """What makes the card of ``profile`` the one that is answered for: ``PATH=VALUE`` for each answer it gives
        otherwise. Raises StatementError for an answer that no setting gives it.
        """
        self.demand_consistent(source)
        differing = self.differing(profile)
        for question, answer, profile_says in differing:
            if not question.sets or profile_says is None:
                has = "says nothing of it" if profile_says is None else f"says {written(profile_says)}"
                raise StatementError(
                    f"{source}: {question.id} = {written(answer)}, and the profile {has}, which no setting changes:"
                    f" name a profile whose card is so ({question.en} {question.zh})"
                )
        return tuple(f"{each.question.id}={_plain(each.answer)}" for each in differing)


def _plain(answer: Answer) -> str:
    """As a setting has it."""
    return written(answer) if isinstance(answer, bool) or not answer else str(answer)


def _is_asked(question: Question, answers: Mapping[str, Answer]) -> bool:
    return not question.side or answers.get(f"{ENVIRONMENT}{question.side}") is True


def _may_be(question: Question) -> str:
    return f"it may be {question.may_be()}"


def _sample(told: Mapping[str, Any], source: str) -> Iterator[tuple[str, str]]:
    for name, given in told.items():
        if name not in SAMPLE_FIELDS:
            near = nearest(name, SAMPLE_FIELDS) or f"known are {', '.join(SAMPLE_FIELDS)}"
            raise StatementError(f"{source}: {SAMPLE}.{name}: unknown; {near}")
        text = str(given) if isinstance(given, str | date) else ""
        if not isinstance(given, str | date) or len(text) > LONGEST_TEXT or not text.isprintable():
            raise StatementError(f"{source}: {SAMPLE}.{name}: a line of text, at most {LONGEST_TEXT} characters")
        yield name, text


def _answers(told: Mapping[str, Any], source: str) -> Iterator[tuple[str, Answer]]:
    seen = set[str]()
    for name, answer in _leaves(told, ""):
        question = BY_ID.get(name)
        if question is None:
            near = nearest(name, BY_ID) or "`dualcos lab ics questions` lists them"
            raise StatementError(f"{source}: there is no question {name}; {near}")
        if name in seen:
            raise StatementError(f"{source}: {name} is answered twice")
        seen.add(name)
        if not question.takes(answer):
            near = (
                nearest(answer, [each for each in question.named if isinstance(each, str)])
                if isinstance(answer, str)
                else ""
            )
            raise StatementError(
                f"{source}: {name}:{_told(answer)} is no answer; {_may_be(question)}{f'; {near}' if near else ''}"
            )
        yield name, answer


def _told(answer: object) -> str:
    """An answer that does not go, if it is short enough to be repeated."""
    text = shown(answer) if isinstance(answer, str | int | float) else ""
    return f" {text}" if 0 < len(text) <= _LONGEST_SHOWN else " that"


def _leaves(told: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    """Every value with its path: keys with dots and nested tables are the same. An empty table is none only where there
    are questions below it.
    """
    for name, value in told.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and (value or any(each.startswith(f"{path}.") for each in BY_ID)):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value
