"""The operator's desk: where a vector asks for what no command can tell, and for a hand at the reader.

A question is answered by a record of the campaign, a *StepAttested*, that holds for a time. What is done to the card
(taken out, put in) is an act: asked for each time, and noted as done for good. What is shown while asking (a number to
compare with what is printed) is on the screen and in no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn, Protocol

from dualcos.lab.evidence.campaign_records import StepAttested

NEEDS_OPERATOR = "needs an operator"
"""Kind of a vector that nobody was there to answer for."""


class NobodyThereError(Exception):
    """There is no operator: whatever was to be judged is inconclusive."""


class OperatorWords(NamedTuple):
    """What somebody is told, in both languages."""

    zh: str
    en: str


YES_NO: Mapping[str, OperatorWords] = MappingProxyType(
    {"yes": OperatorWords("是", "yes"), "no": OperatorWords("否", "no")}
)


class OperatorQuestion(NamedTuple):
    """``step`` of the vector ``id`` asks this. Answers are the names of ``choices``; where there is a ``unit``, a
    number in it instead. An answer is worth something for ``valid_days``.
    """

    id: str
    step: str
    words: OperatorWords
    choices: Mapping[str, OperatorWords]
    unit: str
    valid_days: int


class OperatorDesk(Protocol):
    """Whoever answers a vector's questions and has a hand at the reader. Every method but ``attended`` raises
    NobodyThereError if there is nobody; an operator who leaves is a KeyboardInterrupt.
    """

    @property
    def attended(self) -> bool:
        """True if somebody is there."""
        ...

    def answer(self, question: OperatorQuestion) -> StepAttested:
        """The answer: of an earlier session if it still holds, else asked for now."""
        ...

    def agrees(self, words: OperatorWords) -> bool:
        """Asked about the procedure itself, yes or no; no record of it is kept."""
        ...

    def act(self, words: OperatorWords) -> None:
        """Returns when the operator says that it is done."""
        ...

    def tell(self, words: OperatorWords) -> None:
        """Shown, and nothing is waited for."""
        ...

    def done(self, id_: str, step: str, what: str, count: int | None = None, unit: str = "") -> None:
        """Note for good that ``what`` was done at this step, and what was counted meanwhile."""
        ...


class Unattended:
    """Nobody is there (``--unattended``): nothing is answered, so nothing passes, whatever was attested earlier."""

    attended = False

    def answer(self, question: OperatorQuestion) -> StepAttested:
        """Raises NobodyThereError."""
        self._nobody(question.step)

    def agrees(self, words: OperatorWords) -> bool:
        """Raises NobodyThereError."""
        self._nobody(words.en)

    def act(self, words: OperatorWords) -> None:
        """Raises NobodyThereError."""
        self._nobody(words.en)

    def tell(self, words: OperatorWords) -> None:
        """Raises NobodyThereError."""
        self._nobody(words.en)

    def done(self, id_: str, step: str, what: str, count: int | None = None, unit: str = "") -> None:  # noqa: ARG002 - the protocol's
        """Raises NobodyThereError."""
        self._nobody(step)

    def _nobody(self, asked: str) -> NoReturn:
        raise NobodyThereError(f"nobody is there to answer: {asked}")
