"""Learning with AALpy, and holding a card against a learned model. Both deterministic.

The learner knows nothing of the card but the alphabet. How much it finds is decided by the search for words that
prove it wrong. That search is told which facts the specification lets a session remember (``Subject.words``): it
walks every combination of them that can be reached, so that a state many letters away is not missed. Then the
transitions of the hypothesis are checked one by one, and random words look for what no fact explains.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from aalpy.base import SUL, Oracle
from aalpy.learning_algs import run_KV

from tests.models.machine import Machine, Step, Word, difference, numbered
from tests.models.subject import Subject, Terminal

WALKS, LENGTH = 600, 25


class _Asked(SUL):
    """A subject as the learner sees it: start, one letter, one answer."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self._terminal: Terminal | None = None

    def pre(self) -> None:
        self._terminal = self._subject.start()

    def post(self) -> None:
        self._terminal = None

    def step(self, letter: str) -> str:
        return self._subject.step(self._terminal, letter)


class _Search(Oracle):
    """Counterexamples for the learner."""

    def __init__(self, subject: Subject, asked: _Asked) -> None:
        super().__init__(list(subject.letters), asked)
        self._subject = subject
        self._explored = explored(subject)

    def find_cex(self, hypothesis: object) -> Word | None:
        machine = _machine(self.alphabet, hypothesis)
        by_facts = difference(machine, self._explored)
        words = (*((by_facts,) if by_facts else ()), *suite(machine), *random_words(self.alphabet, WALKS, LENGTH))
        for word in words:
            wrong = disagreement(self._subject, machine, word)
            if wrong is not None:
                return wrong[0]
        return None


def learn(subject: Subject) -> Machine:
    """The smallest machine that answers as the card does, as far as the search sees."""
    letters, asked = list(subject.letters), _Asked(subject)
    hypothesis = run_KV(letters, asked, _Search(subject, asked), automaton_type="mealy", print_level=0)
    return _machine(letters, hypothesis)


def _machine(letters: Sequence[str], hypothesis: object) -> Machine:
    return numbered(
        letters, hypothesis.initial_state, lambda state, letter: (state.output_fun[letter], state.transitions[letter])
    )


def explored(subject: Subject) -> Machine:
    """Every combination of facts that can be reached as a state. Not minimal; and wrong if something else counts."""
    return _explored(subject)[0]


def facts_of(subject: Subject, machine: Machine) -> dict[int, tuple[str, ...]]:
    """The combinations of facts that a learned state stands for."""
    found: dict[int, tuple[str, ...]] = {}
    for facts, way in _explored(subject)[1].items():
        state = machine.behind(way)
        found[state] = (*found.get(state, ()), facts)
    for state, way in enumerate(machine.access()):
        found.setdefault(state, (facts_behind(subject, way),))  # a state that the facts do not lead to
    return found


def _explored(subject: Subject) -> tuple[Machine, dict[str, Word]]:
    ways: dict[str, Word] = {facts_behind(subject, ()): ()}
    order, rows = list(ways), []
    for facts in order:
        row = []
        for letter in subject.letters:
            terminal = _walked(subject, ways[facts])
            answer = subject.step(terminal, letter)
            behind = subject.words(terminal)
            if behind not in ways:
                ways[behind] = (*ways[facts], letter)
                order.append(behind)
            row.append(Step(answer, order.index(behind)))
        rows.append(tuple(row))
    return Machine(tuple(subject.letters), tuple(rows)), ways


def facts_behind(subject: Subject, word: Word) -> str:
    return subject.words(_walked(subject, word))


def _walked(subject: Subject, word: Word) -> Terminal:
    terminal = subject.start()
    for letter in word:
        subject.step(terminal, letter)
    return terminal


# --- a card held against a model --------------------------------------------------------------------------------------


def random_words(letters: Sequence[str], count: int, length: int, seed: int = 0) -> Iterator[Word]:
    """The same words every time."""
    draw = random.Random(seed)  # noqa: S311 - words to try, no secret
    for _ in range(count):
        yield tuple(draw.choice(letters) for _ in range(length))


def disagreement(subject: Subject, machine: Machine, word: Word) -> tuple[Word, str, str] | None:
    """Where card and machine first differ along a word: the word so far, what the card said, what the model says."""
    terminal = subject.start()
    for at, (letter, wanted) in enumerate(zip(word, machine.answers(word), strict=True), 1):
        said = subject.step(terminal, letter)
        if said != wanted:
            return word[:at], said, wanted
    return None


def identifying(machine: Machine) -> tuple[tuple[Word, ...], ...]:
    """For each state words that together tell it from every other one."""
    found: list[tuple[Word, ...]] = []
    for state in range(machine.count()):
        mine: list[Word] = []
        for other in range(machine.count()):
            if other != state and all(machine.answers(word, state) == machine.answers(word, other) for word in mine):
                word = difference(machine, machine, (state, other))
                assert word is not None, "two states of a learned model are one"
                mine.append(word)
        found.append(tuple(mine))
    return tuple(found)


def suite(machine: Machine) -> Iterator[Word]:
    """Every transition, and behind each the words that show it led where the model says (the Wp method).

    A card that passes and has no more states than the model is the model.
    """
    ways, shown = machine.access(), identifying(machine)
    for state, letter, step in machine.transitions():
        for word in shown[step.to]:
            yield (*ways[state], letter, *word)
