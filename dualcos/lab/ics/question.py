"""A question of the statement (问题): what may be answered, which fields of a profile it is about.

Which answers a field has, and its default, is what the profile declares of it; here are the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from msgspec import inspect

from dualcos.profile.field_faults import default_of, plain
from dualcos.profile.schema import Profile, described

Answer = str | int | bool
Words = tuple[str, str]
"""Chinese and English."""
TRUE_OR_FALSE: Mapping[Answer, Words] = {True: ("是", "yes"), False: ("否", "no")}


class NamedAnswer(NamedTuple):
    """One of the answers there are."""

    value: Answer
    zh: str
    en: str


class Question(NamedTuple):
    """``id``: the path of the field it sets, or a name of its own. ``answers``: those there are; none: a number from
    ``least`` to ``most``. ``side``: which environment must be on the card for it to be asked, empty: any card.
    ``about``: the facts and fields that it decides. ``default``: the recommended answer, where there is one. ``said``:
    what a profile answers, None if it says nothing; ``sets``: an answer that the profile has not is had by setting.
    """

    id: str
    zh: str
    en: str
    clause: str
    side: str
    about: tuple[str, ...]
    said: Callable[[Profile], Answer | None]
    answers: tuple[NamedAnswer, ...] = ()
    least: int = 0
    most: int = 0
    default: Answer | None = None
    sets: bool = True

    @property
    def named(self) -> Mapping[Answer, NamedAnswer]:
        """The answers by their value."""
        return {each.value: each for each in self.answers}

    def takes(self, answer: object) -> bool:
        """True if it can be answered so."""
        if not self.answers:
            return isinstance(answer, int) and not isinstance(answer, bool) and self.least <= answer <= self.most
        return any(answer == each.value and type(answer) is type(each.value) for each in self.answers)

    def may_be(self) -> str:
        """What it can be answered, for messages."""
        return " or ".join(map(written, self.named)) if self.answers else f"a whole number, {self.least} to {self.most}"


def written(answer: Answer) -> str:
    """An answer as TOML has it."""
    if isinstance(answer, bool):
        return str(answer).lower()
    return str(answer) if isinstance(answer, int) else f'"{answer}"'


class FieldOptions(NamedTuple):
    """Fields of one struct of a profile that are questions: ``path`` of the struct, ``side`` it belongs to."""

    path: str
    side: str

    def asks(
        self,
        name: str,
        zh: str,
        en: str,
        clause: str,
        words: Mapping[Answer, Words] | None = None,
        about: tuple[str, ...] = (),
    ) -> Question:
        """The question for one field. ``words``: each of its answers; of a number there are none."""
        path = f"{self.path}.{name}"
        field = _field(path)
        of = plain(field.type)
        answers = tuple(NamedAnswer(value, *said) for value, said in (words or {}).items())
        least, most = (of.ge or 0, of.le or 0) if isinstance(of, inspect.IntType) else (0, 0)
        default = default_of(field)
        return Question(
            path,
            zh,
            en,
            clause,
            self.side,
            (path, *about),
            lambda profile: _at(profile, path),
            answers,
            int(least),
            int(most),
            default if isinstance(default, bool) or not isinstance(default, int) else _number_or_word(of, default),
        )


def _number_or_word(of: inspect.Type, default: int) -> Answer:
    return f"{default:04X}" if isinstance(of, inspect.CustomType) else default


def _field(path: str) -> inspect.Field:
    """What the profile declares under ``path``."""
    here = described()
    *above, last = path.split(".")
    for name in above:
        here = next(field.type for field in _fields(here) if field.encode_name == name)
    return next(field for field in _fields(here) if field.encode_name == last)


def _fields(kind: inspect.Type) -> Iterator[inspect.Field]:
    of = plain(kind)
    assert isinstance(of, inspect.StructType)  # noqa: S101 - a path of this module's callers leads through structs
    return iter(of.fields)


def _at(profile: Profile, path: str) -> Answer | None:
    """What the profile says under ``path``; None if it has not the table it would stand in."""
    first, *rest = path.split(".")
    here: object = profile.sections.get(first) if first in profile.sections else getattr(profile, first, None)
    for name in rest:
        if here is None:
            return None
        here = getattr(here, name)
    if isinstance(here, bool) or not isinstance(here, int):
        return here if isinstance(here, str | bool) else None
    return here if type(here) is int else f"{here:04X}"
