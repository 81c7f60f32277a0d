"""A Mealy machine as a value: states by number in the order a breadth-first walk meets them, and its written form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Word = tuple[str, ...]


class Step(NamedTuple):
    """One transition: the answer and the state behind it."""

    answer: str
    to: int


class Machine(NamedTuple):
    """``rows[state][letter]``; state 0 is where a session begins. ``access``: the shortest way to each state."""

    letters: tuple[str, ...]
    rows: tuple[tuple[Step, ...], ...]

    def access(self) -> tuple[Word, ...]:
        found: dict[int, Word] = {0: ()}
        for state in range(len(self.rows)):  # numbered breadth first: a state's access word is known before it
            for letter, step in zip(self.letters, self.rows[state], strict=True):
                found.setdefault(step.to, (*found[state], letter))
        return tuple(found[state] for state in range(len(self.rows)))

    def answers(self, word: Sequence[str], state: int = 0) -> list[str]:
        """What it says to a word from a state on."""
        said = []
        for letter in word:
            answer, state = self.rows[state][self.letters.index(letter)]
            said.append(answer)
        return said

    def behind(self, word: Sequence[str]) -> int:
        """The state a word leads to."""
        state = 0
        for letter in word:
            state = self.rows[state][self.letters.index(letter)].to
        return state

    def transitions(self) -> Iterator[tuple[int, str, Step]]:
        for state, row in enumerate(self.rows):
            for letter, step in zip(self.letters, row, strict=True):
                yield state, letter, step

    def count(self) -> int:
        return len(self.rows)


def numbered(letters: Sequence[str], start: object, look: Callable[[object, str], tuple[str, object]]) -> Machine:
    """The machine behind ``look(state, letter)``, its states numbered as they are met; equal machines become equal."""
    numbers: dict[int, int] = {id(start): 0}
    order, rows = [start], []
    for state in order:
        row = []
        for letter in letters:
            answer, to = look(state, letter)
            if id(to) not in numbers:
                numbers[id(to)] = len(order)
                order.append(to)
            row.append(Step(answer, numbers[id(to)]))
        rows.append(tuple(row))
    return Machine(tuple(letters), tuple(rows))


def write(name: str, machine: Machine, words: Sequence[str]) -> str:
    """DOT, one line a transition; the comment and the label of a state say what it is."""
    lines = [f'digraph "{name}" {{']
    lines += [f'  {state} [label="{state}: {words[state]}"]' for state in range(machine.count())]
    lines += [
        f'  {state} -> {step.to} [label="{letter} / {step.answer}"]' for state, letter, step in machine.transitions()
    ]
    return "\n".join([*lines, "}"]) + "\n"


def read(text: str) -> tuple[Machine, tuple[str, ...]]:
    """What ``write`` wrote: the machine and the words for its states."""
    words: list[str] = []
    rows: dict[int, list[Step]] = {}
    letters: list[str] = []
    for line in text.splitlines()[1:-1]:
        head, _, label = line.strip().partition(' [label="')
        label = label.removesuffix('"]')
        if "->" not in head:
            words.append(label.partition(": ")[2])
            continue
        state, to = (int(part) for part in head.split("->"))
        letter, answer = label.rsplit(" / ", 1)
        rows.setdefault(state, []).append(Step(answer, to))
        if state == 0:
            letters.append(letter)
    return Machine(tuple(letters), tuple(tuple(rows[state]) for state in range(len(rows)))), tuple(words)


def difference(one: Machine, other: Machine, start: tuple[int, int] = (0, 0)) -> Word | None:
    """A shortest word that the two answer differently from ``start`` on, None if there is none."""
    seen, todo = {start}, [(start, ())]
    for (mine, theirs), word in todo:
        for at, letter in enumerate(one.letters):
            here, there = one.rows[mine][at], other.rows[theirs][at]
            if here.answer != there.answer:
                return (*word, letter)
            pair = here.to, there.to
            if pair not in seen:
                seen.add(pair)
                todo.append((pair, (*word, letter)))
    return None
