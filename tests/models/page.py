"""The learned models as a page: each state in words, what it answers, where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tests.models.machine import Machine
from tests.models.subject import Subject

_HEAD = """# What the card answers, as learned from outside

Written by `make models`; `tests/models/README.md` explains. A state is what a session (or the card) remembers, seen by
nothing but answers. Its words are facts the specification names; where several combinations of facts behave alike,
the first three are shown. Arrows name the state a letter leads to.
"""


_MOST = 3


def page(models: Iterable[tuple[Subject, Machine, Mapping[int, tuple[str, ...]]]]) -> str:
    """The whole page."""
    return "\n".join((_HEAD, *(line for model in models for line in _model(*model))))


def _model(subject: Subject, machine: Machine, words: Mapping[int, tuple[str, ...]]) -> Iterator[str]:
    yield f"## {subject.title}\n"
    yield f"`{subject.name}.dot` · {subject.clause} · **{machine.count()} states**: {subject.why}\n"
    for note in subject.notes:
        yield f"* {note}"
    if subject.notes:
        yield ""
    for state, row in enumerate(machine.rows):
        more = f" *and {len(words[state]) - _MOST} more*" if len(words[state]) > _MOST else ""
        yield f"**{state}** " + " *or* ".join(words[state][:_MOST]) + more
        stays: dict[str, list[str]] = {}
        for letter, step in zip(machine.letters, row, strict=True):
            if step.to != state:
                yield f"* {letter} / {step.answer} → {step.to}"
            else:
                stays.setdefault(step.answer, []).append(letter)
        for answer, letters in stays.items():
            yield f"* stays: {answer} to {', '.join(letters)}"
        yield ""
