"""What a laboratory chooses from a set of vectors, in words.

``id=SSC-VERIFY-*``, ``clause=SSC-5 §6.14`` (with all below it), ``item=DF01_SAFETY``, ``command=VERIFY`` (a name, INS
or CLA INS in hex), ``sw=63C?``, ``requirement=F12``; or a bare word: the pattern of an id, a file or folder of vectors.
``*``, ``?`` and ``[…]`` stand for what they do in names of files; capitals do not matter. The same key twice: either;
different keys: both; ``not:`` in front: none of these. Bare words and ``id=`` are one key. A word that chooses nothing
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from dualcos.lab.campaign.what_is_judged import Judged, judged_by
from dualcos.lab.conformance.item_names import LAB_ITEMS, item_called
from dualcos.lab.conformance.nearest_names import near
from dualcos.lab.conformance.requirement_names import REQUIREMENTS
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import Case

_NOT = "not:"
_PATH, _ID = "path", "id"
_WORD = re.compile(r"[0-9A-Fa-f?]{4}")
_INSTRUCTION = re.compile(r"[0-9A-Fa-f?]{2}(?:[0-9A-Fa-f?]{2})?")
_KEYED = re.compile(r"\s*([A-Za-z_-]+)\s*=(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")


class SelectionError(ValueError):
    """A word cannot be read, or chooses nothing; the message is one line and says what there is instead."""


class _Seen(NamedTuple):
    """A vector and, where a key asks for it, what it judges."""

    case: Case
    judged: Judged | None

    @property
    def known(self) -> Judged:
        """What it judges, read anew if it has not been."""
        return self.judged if self.judged is not None else judged_by(self.case)


class Term(NamedTuple):
    """One word, read. ``fits`` says whether a vector is what it asks for."""

    word: str
    key: str
    value: str
    excludes: bool
    fits: Callable[[_Seen], bool]


class Selection(NamedTuple):
    """Words, read. No word: everything."""

    words: tuple[str, ...]
    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, words: Sequence[str]) -> Selection:
        """The words of a command line. Raises SelectionError."""
        return cls(tuple(words), tuple(_term(word) for word in words))

    @staticmethod
    def file_in(word: str) -> Path | None:
        """The file or folder that a word names; None if it asks for something else."""
        text = word.strip()
        return found(text) if _is_there(text) else None

    @property
    def named(self) -> tuple[str, ...]:
        """The files and folders it names, as it does."""
        return tuple(term.value for term in self.terms if term.key == _PATH and not term.excludes)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files and folders it names, which have to be read for it."""
        return tuple(map(found, self.named))

    @property
    def elsewhere(self) -> bool:
        """True if it asks for vectors besides those in the files and folders it names."""
        return not self.paths or any(term.key == _ID and not term.excludes for term in self.terms)

    def fits(self, case: Case) -> bool:
        """True if the vector is chosen."""
        return self._fits(self._seen(case))

    def chosen(self, cases: Iterable[Case]) -> list[Case]:
        """Those chosen, in their order. Raises SelectionError if a word, or all words together, choose none of many."""
        seen = [self._seen(case) for case in cases]
        for term in self.terms if seen else ():
            if not any(term.fits(each) for each in seen):
                raise SelectionError(_nothing(term, seen))
        kept = [each.case for each in seen if self._fits(each)]
        if seen and not kept:
            raise SelectionError(f"no vector is all of this together: {' '.join(map(_shown, self.words))}")
        return kept

    def _seen(self, case: Case) -> _Seen:
        asks = any(term.key in ("command", "sw", "requirement") for term in self.terms)
        return _Seen(case, judged_by(case) if asks else None)

    def _fits(self, seen: _Seen) -> bool:
        if any(term.fits(seen) for term in self.terms if term.excludes):
            return False
        wanted: dict[str, bool] = {}
        for term in self.terms:
            if not term.excludes:
                key = _ID if term.key == _PATH else term.key
                wanted[key] = wanted.get(key, False) or term.fits(seen)
        return all(wanted.values())


# --- reading words ------------------------------------------------------------------------------------------------


def _term(word: str) -> Term:
    text = word.strip()
    excludes = text.startswith(_NOT)
    text = text.removeprefix(_NOT).strip()
    keyed = _KEYED.fullmatch(text)
    if keyed is None or (keyed[1].casefold() not in KEYS and _is_there(text)):
        key, value = (_PATH if _is_there(text) else _ID), text
    else:
        key, value = keyed[1].casefold(), keyed[2].strip()
    if key not in (*KEYS, _PATH):
        raise SelectionError(f"{word!r}: there is no key {key}; {', '.join(KEYS)}, or an id, a file, a folder")
    if not value:
        raise SelectionError(f"{word!r}: nothing is asked for; id=SSC-VERIFY-*, item=DF01_SAFETY, sw=63C? …")
    if keyed is None and key == _ID and not _NAME.fullmatch(value):
        raise SelectionError(f"{word!r} is no file, folder or pattern of an id; with a key: {', '.join(KEYS)}")
    return Term(word, key, value, excludes, _READERS[key](value))


def _is_there(text: str) -> bool:
    try:
        return bool(text) and found(text).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _glob(pattern: str) -> Callable[[str], bool]:
    known = re.compile(translate(pattern.casefold()))
    return lambda text: known.match(text.casefold()) is not None


def _by_id(value: str) -> Callable[[_Seen], bool]:
    like = _glob(value)
    return lambda seen: like(seen.case.id)


def _by_path(value: str) -> Callable[[_Seen], bool]:
    asked = found(value).resolve()

    def fits(seen: _Seen) -> bool:
        path = seen.case.path.resolve()
        return path == asked or asked in path.parents

    return fits


def _by_clause(value: str) -> Callable[[_Seen], bool]:
    likes = [_glob(f"{value}{below}") for below in ("", ".*", " *")]
    return lambda seen: any(like(each) for clause in seen.case.clause for each in cited(clause) for like in likes)


def _by_item(value: str) -> Callable[[_Seen], bool]:
    like = _glob(value)
    return lambda seen: any(like(name) for item in seen.case.items for name in _names(item))


def _names(identity: str) -> tuple[str, ...]:
    item = item_called(identity)
    return (identity,) if item is None else (item.name, item.whole, item.zh)


def _by_command(value: str) -> Callable[[_Seen], bool]:
    if _INSTRUCTION.fullmatch(value):
        code = f"{'??' if len(value) == 2 else ''}{value}".upper()
        return lambda seen: any(_alike(code, command.code) for command in seen.known.commands)
    like = _glob(value)
    return lambda seen: any(like(command.name) for command in seen.known.commands)


def _by_word(value: str) -> Callable[[_Seen], bool]:
    mask = value.upper().replace("X", "?")
    if not _WORD.fullmatch(mask):
        raise SelectionError(f"{f'sw={value}'!r}: a status word is four hex digits, ? for any: 9000, 63C?, 6A8?")
    return lambda seen: any(_alike(mask, word) for word in seen.known.words)


def _alike(one: str, other: str) -> bool:
    """True if something fits both masks."""
    return all("?" in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def _by_requirement(value: str) -> Callable[[_Seen], bool]:
    like = _glob(value)
    return lambda seen: any(like(name) for name in seen.known.requirements)


_READERS: Mapping[str, Callable[[str], Callable[[_Seen], bool]]] = MappingProxyType(
    {
        _ID: _by_id,
        "clause": _by_clause,
        "item": _by_item,
        "command": _by_command,
        "sw": _by_word,
        "requirement": _by_requirement,
        _PATH: _by_path,
    }
)
KEYS = tuple(key for key in _READERS if key != _PATH)
"""What can be asked for by name."""


# --- clauses ------------------------------------------------------------------------------------------------------

_FURTHER = re.compile(r"(?:§|tables? |annex |appendix |[A-Z]\.\d)")
_RANGE = re.compile(r"(.*?(?:§|table )(?:\d+\.)*)(\d+) to (?:§(?:\d+\.)*)?(\d+)")
_MOST_OF_A_RANGE = 99
_NUMBER = re.compile(r"(\d+)")


def cited(clause: str) -> Iterator[str]:
    """The clause as it is written, and each place it names: ``SSC-5 §6.11, §7`` names two, ``§11 to §15`` five."""
    yield clause
    document = clause.partition(" ")[0]
    for number, piece in enumerate(clause.split(", ")):
        further = number > 0 and (_FURTHER.match(piece) is not None or piece[:1].isdecimal())
        kind = "table " if piece[:1].isdecimal() else ""
        text = (f"{document} {kind}{piece}" if further else piece).replace("tables ", "table ")
        span = _RANGE.fullmatch(text)
        if span is None:
            yield text
        else:
            first, last = int(span[2]), int(span[3])
            yield from (f"{span[1]}{at}" for at in range(first, min(last, first + _MOST_OF_A_RANGE) + 1))


def in_clause_order(clause: str) -> list[tuple[int, str]]:
    """What to sort clauses by: numbers by their value, §6.9 before §6.10."""
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in _NUMBER.split(clause)]


# --- what to say where nothing is chosen --------------------------------------------------------------------------


def _nothing(term: Term, seen: Sequence[_Seen]) -> str:
    word = _shown(term.word)
    if term.key == _PATH:
        return f"{word}: no vector in it is among those that are played"
    like = _glob(term.value)
    why = None
    if term.key == "item":
        why = next((each.without for each in LAB_ITEMS if any(map(like, _names(each.identity)))), None)
    elif term.key == "requirement":
        why = next((each.without for each in REQUIREMENTS if like(each.identity)), None)
    if why is not None:
        return f"{word} chooses no vector: {why.en}"
    there = sorted({name for each in seen for name in _there(term.key, each)})
    return f"{word} chooses no vector{near(term.value, there)}"


def _shown(word: str) -> str:
    """A word as it was typed, as long as that is one line."""
    return word if word.isprintable() else repr(word)


def _there(key: str, seen: _Seen) -> Iterable[str]:
    """What a vector has under a key."""
    if key == "clause":
        return (each for clause in seen.case.clause for each in cited(clause))
    if key == "item":
        return seen.case.items
    if key == "command":
        return (command.name for command in seen.known.commands)
    if key == "sw":
        return seen.known.words
    return seen.known.requirements if key == "requirement" else (seen.case.id,)
