"""Facts of an implementation conformance statement: its questions, what a statement lacks, what contradicts itself."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet

StatementAnswer = str | int | bool


class AnswerTold(FactPart, frozen=True):
    """One answer that a question takes."""

    answer: StatementAnswer
    zh: str
    en: str


class QuestionAsked(FactPart, frozen=True):
    """One question. ``answers``: those there are; none: a number from ``least`` to ``most``. ``side``: which
    environment must be on the card for it to be asked. ``sets``: where a profile says otherwise, the answer is had by a
    setting; else another profile must be named.
    """

    id: str
    zh: str
    en: str
    clause: str
    side: str
    answers: list[AnswerTold]
    least: int
    most: int
    default: StatementAnswer | None
    sets: bool


class QuestionList(FactSheet, frozen=True, tag="dualcos.lab.ics.questions/1"):
    """All questions, in order."""

    questions: list[QuestionAsked]


class OpenQuestion(FactPart, frozen=True):
    """A question that has no answer, and its default, if there is one."""

    id: str
    default: StatementAnswer | None


class ContradictionTold(FactPart, frozen=True):
    """Answers that are not of one card: which, why, what to change."""

    answers: dict[str, StatementAnswer]
    zh: str
    en: str
    change_zh: str
    change: str
    clause: str


class StatementChecked(FactSheet, frozen=True, tag="dualcos.lab.ics.check/1"):
    """A statement, checked. ``sample``: what it says of what it was answered for."""

    sample: dict[str, str]
    answers: dict[str, StatementAnswer]
    contradictions: list[ContradictionTold]
    open: list[OpenQuestion]


class StatementMade(FactSheet, frozen=True, tag="dualcos.lab.ics/1"):
    """A statement that was derived or answered; ``toml``: its text."""

    answers: dict[str, StatementAnswer]
    toml: str
