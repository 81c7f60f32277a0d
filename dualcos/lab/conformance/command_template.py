"""Command templates: hex with ``{expression}`` in it. An expression is a name, hex, or ``function(argument, …)``.

A name with dots is a field of the card's profile (``ssse.pin``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_LETTERS = "A-Za-z0-9_:."
BLANKS = " \t\n\r\f\v"
"""What may stand between the signs of a language; an editor's ``\\s`` is more, and Python's is something else."""
_HOLE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(rf"\s*([{_LETTERS}]+)\s*", re.ASCII)
_WITHOUT_BLANKS = str.maketrans("", "", BLANKS)
_HEX = re.compile(r"([0-9A-Fa-f]{2})*")

# What a schema can say of the language: whatever is read here has this form, and not all of this form can be read.
HEX_FORM = "(?:[0-9A-Fa-f]{2})+"
BLANKS_FORM = r" \t-\r"
EXPRESSION_FORM = rf"[{_LETTERS}(),{BLANKS_FORM}]+"
_GAP = f"[{BLANKS_FORM}]*"
TEMPLATE_FORM = rf"{_GAP}(?:[0-9A-Fa-f]{_GAP}[0-9A-Fa-f]{_GAP}|\{{{EXPRESSION_FORM}\}}{_GAP})*"

LONGEST_COMMAND = 4 + 3 + 0xFFFF + 2
"""In bytes: header, Lc and Le of an extended command, and all the data that such a Lc can count."""
_DEEPEST = 16
_MOST_NODES = 10_000
_LONGEST = 20_000  # an expression, in characters


class TemplateError(ValueError):
    """The template or expression cannot be read or computed, or a name in it has no value."""


class Call(NamedTuple):
    """A function and what it is given."""

    name: str
    args: tuple[Node, ...]


Node = str | Call


class Bound(NamedTuple):
    """A routine's parameter: the caller's expression, to be read where the caller stands. ``nodes``: how many names and
    functions that is in all.
    """

    node: Node
    scope: Scope
    nodes: int = 1


Scope = Mapping[str, "bytes | Bound"]


class Within(Mapping[str, "bytes | Bound"]):
    """Names in a scope within another: its own come first. What becomes of the outer one is seen."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, inner: Scope, outer: Scope) -> None:
        self._inner = inner
        self._outer = outer

    def __getitem__(self, name: str) -> bytes | Bound:
        return self._inner[name] if name in self._inner else self._outer[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._inner
        yield from (name for name in self._outer if name not in self._inner)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401 - as of any mapping
        """As of any mapping."""
        found = self._inner.get(name)
        return self._outer.get(name, default) if found is None else found


def bound(node: Node, scope: Scope) -> Bound:
    """``node`` as a parameter. Raises TemplateError where routines call routines with more than is ever computed."""
    nodes = _nodes(node, scope)
    if nodes > _MOST_NODES:
        raise TemplateError(f"an argument of a routine comes to more than {_MOST_NODES} names and functions")
    return Bound(node, scope, nodes)


def _nodes(node: Node, scope: Scope) -> int:
    if isinstance(node, Call):
        return 1 + sum(_nodes(each, scope) for each in node.args)
    known = scope.get(node)
    return 1 + known.nodes if isinstance(known, Bound) else 1


@lru_cache(maxsize=8192)
def parse(text: str) -> Node:
    """An expression. Raises TemplateError."""
    if len(text) > _LONGEST:
        raise TemplateError(f"{text[:40]!r}… is longer than {_LONGEST} characters; no expression is")
    node, at = _node(text, 0)
    if text[at:].strip(BLANKS):
        raise TemplateError(f"{text!r}: nothing may follow {text[:at]!r}")
    return node


def _node(text: str, at: int, depth: int = 0) -> tuple[Node, int]:
    if depth > _DEEPEST:
        raise TemplateError(f"{text[:40]!r}…: functions stand in functions more than {_DEEPEST} deep")
    word = _WORD.match(text, at)
    if word is None:
        raise TemplateError(f"{text!r}: a name, hex or a function is missing at {text[at:]!r}")
    at = word.end()
    if text[at : at + 1] != "(":
        return word[1], at
    args: list[Node] = []
    at += 1
    while text[at:].lstrip(BLANKS)[:1] != ")":
        argument, at = _node(text, at, depth + 1)
        args.append(argument)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != ")":
            raise TemplateError(f"{text!r}: , or ) is missing at {text[at:]!r}")
    return Call(word[1], tuple(args)), text.index(")", at) + 1


def called(text: str) -> tuple[str, tuple[Node, ...]]:
    """Name and arguments of a call of a routine. Raises TemplateError."""
    node = parse(text)
    return (node.name, node.args) if isinstance(node, Call) else (node, ())


@lru_cache(maxsize=8192)
def pieces(text: str) -> tuple[bytes | Node, ...]:
    """A template cut into bytes and expressions. Raises TemplateError."""
    found: list[bytes | Node] = []
    for number, each in enumerate(_HOLE.split(text)):
        if number % 2:
            found.append(parse(each))
        elif piece := each.translate(_WITHOUT_BLANKS):
            # A literal may be cut between nibbles only where no expression stands: bytes are whole.
            if not _HEX.fullmatch(piece):
                raise TemplateError(f"{piece!r} is not hex in whole bytes")
            found.append(bytes.fromhex(piece))
    return tuple(found)


def names(node: Node) -> Iterator[str]:
    """Every name and hex in an expression."""
    if isinstance(node, str):
        yield node
        return
    for argument in node.args:
        yield from names(argument)


def is_hex(text: str) -> bool:
    """True for hex in whole bytes."""
    return bool(text) and _HEX.fullmatch(text) is not None
