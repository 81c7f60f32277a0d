"""What an answer must look like: status-word masks, data patterns, TLV paths.

Data pattern: hex; ``?`` a nibble; ``..`` a byte; ``[n]`` n bytes; ``[n-m]`` n to m bytes; ``*`` the rest;
``{name:n}`` n bytes kept under ``name``; ``{=expression}`` what a template expression gives, which may use names kept
in the same pattern; ``{name=expression}`` the same, kept under ``name``. Blanks are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from apdu import tlv
from dualcos.lab.conformance.command_template import BLANKS, BLANKS_FORM

_TOKEN = re.compile(
    r"(?P<hex>[0-9A-Fa-f?])|(?P<byte>\.\.)|(?P<rest>\*)|\[(?P<low>[0-9]+)(?:-(?P<high>[0-9]+))?\]"
    r"|\{(?P<name>[a-z_][a-z0-9_]*):(?P<size>[0-9]+)\}|\{(?P<kept>[a-z_][a-z0-9_]*)?=(?P<value>[^}]*)\}"
)
MASK_FORM = "[0-9A-Fa-f?]{4}"
_MASK = re.compile(MASK_FORM)
# What a schema can say of a pattern: whatever is read here has this form, and not all of this form can be read.
PATTERN_FORM = rf"(?:[0-9A-Fa-f?*{BLANKS_FORM}]|\.[{BLANKS_FORM}]*\.|\[[0-9{BLANKS_FORM}-]+\]|\{{[^}}]*\}})*"
_BYTE = "[0-9A-F]{2}"
_HEX = re.compile("([0-9A-F]{2})+")
_MOST_LOOSE = 4  # the ways to fit grow with the length of the answer to this power
_LONGEST = 200_000  # in characters: an answer of 64 KB, hex, and what may stand between
_WITHOUT_BLANKS = str.maketrans("", "", BLANKS)


class PatternError(ValueError):
    """The pattern, mask or path is not written as its little language asks."""


class _Part(NamedTuple):
    """A piece of a pattern: a regular expression over hex, or an expression whose value must stand there. ``kept``:
    under which name.

    ``loose``: how many bytes it takes is not known before it is tried.
    """

    regex: str
    expression: str = ""
    kept: str = ""
    loose: bool = False

    def exactly(self, value: bytes) -> str:
        """The regular expression for the expression's value."""
        text = value.hex().upper()
        return f"(?P<{self.kept}>{text})" if self.kept else text


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[_Part, ...]:
    if len(text) > _LONGEST:
        raise PatternError(f"{text[:40]!r}… is longer than {_LONGEST} characters; no data pattern is")
    squeezed, parts, at = text.translate(_WITHOUT_BLANKS), [], 0
    while at < len(squeezed):
        found = _TOKEN.match(squeezed, at)
        if found is None:
            raise PatternError(f"{text!r} is no data pattern from {squeezed[at : at + 8]!r} on")
        parts.append(_part(found))
        at = found.end()
    if sum(part.loose for part in parts) > _MOST_LOOSE:
        raise PatternError(f"{text!r} has more than {_MOST_LOOSE} pieces of unknown length: too many ways to fit")
    names = [part.kept for part in parts if part.kept]
    if len(set(names)) < len(names):
        raise PatternError(f"{text!r} keeps two values under one name")
    return tuple(parts)


def _part(found: re.Match[str]) -> _Part:
    if found["hex"]:
        return _Part("[0-9A-F]" if found["hex"] == "?" else found["hex"].upper())
    if found["low"]:
        high = found["high"] or found["low"]
        return _Part(f"(?:{_BYTE}){{{found['low']},{high}}}", loose=high != found["low"])
    if found["name"]:
        return _Part(f"(?P<{found['name']}>(?:{_BYTE}){{{found['size']}}})", kept=found["name"])
    if found["value"] is not None:
        return _Part(f"(?:{_BYTE})*?", found["value"], found["kept"] or "", loose=True)
    return _Part(_BYTE) if found["byte"] else _Part(f"(?:{_BYTE})*", loose=True)


@lru_cache(maxsize=4096)
def _compiled(regex: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except (re.error, OverflowError, ValueError) as error:  # the last: a number of more digits than Python reads
        raise PatternError(f"the pattern cannot be: {error}") from None


@lru_cache(maxsize=4096)
def expressions(text: str) -> tuple[str, ...]:
    """The expressions of a data pattern, for checking at load time. Raises PatternError."""
    _compiled("".join(part.regex for part in _parts(text)))
    return tuple(part.expression for part in _parts(text) if part.expression)


class _Pattern(NamedTuple):
    """A pattern read: ``loose`` fits what it fits whatever its expressions give. ``plain``: the only bytes it fits, if
    it is nothing but hex. ``pieces``: between its expressions, none where they do not all stand at known places.
    """

    parts: tuple[_Part, ...]
    loose: re.Pattern[str]
    plain: bytes | None
    pieces: tuple[re.Pattern[str] | _Part, ...]


@lru_cache(maxsize=4096)
def _pattern(text: str) -> _Pattern:
    parts = _parts(text)
    whole = "".join(part.regex for part in parts)
    plain = bytes.fromhex(whole) if _HEX.fullmatch(whole) else None
    fixed = not any(part.loose and not part.expression for part in parts)
    return _Pattern(parts, _compiled(whole), plain, tuple(_pieces(parts)) if fixed else ())


def _pieces(parts: tuple[_Part, ...]) -> Iterator[re.Pattern[str] | _Part]:
    """Expressions, and whatever stands between two of them as one."""
    regex = ""
    for part in parts:
        if not part.expression:
            regex += part.regex
            continue
        if regex:
            yield _compiled(regex)
        regex = ""
        yield part
    if regex:
        yield _compiled(regex)


def match(text: str, data: bytes, evaluate: Callable[[str, Mapping[str, bytes]], bytes]) -> dict[str, bytes] | None:
    """The captured values if ``data`` fits the pattern, else None. Raises PatternError.

    ``evaluate`` gets an expression and the values kept around it.
    """
    pattern = _pattern(text)
    if pattern.plain is not None:
        return {} if data == pattern.plain else None
    shown = data.hex().upper()
    kept = _kept(pattern.loose, shown)
    if kept is None or not any(part.expression for part in pattern.parts):
        return kept
    if pattern.pieces:
        return _one_by_one(pattern.pieces, shown, kept, evaluate)
    exact = (part.exactly(evaluate(part.expression, kept)) if part.expression else part.regex for part in pattern.parts)
    return _kept(re.compile("".join(exact)), shown)


def _one_by_one(
    pieces: tuple[re.Pattern[str] | _Part, ...],
    shown: str,
    around: Mapping[str, bytes],
    evaluate: Callable[[str, Mapping[str, bytes]], bytes],
) -> dict[str, bytes] | None:
    """The same where each expression's value says where the next piece begins: nothing has to be tried."""
    kept: dict[str, bytes] = {}
    at, fits = 0, True
    for piece in pieces:
        if isinstance(piece, _Part):
            value = evaluate(piece.expression, around)  # of all: one that cannot be computed is no misfit
            text = value.hex().upper()
            fits = fits and shown.startswith(text, at)
            at += len(text)
            if piece.kept:
                kept[piece.kept] = value
        elif fits:
            found = piece.match(shown, at)
            fits = found is not None
            if found is not None:
                at = found.end()
                kept |= {name: bytes.fromhex(value) for name, value in found.groupdict().items()}
    return kept if fits and at == len(shown) else None


def _kept(regex: re.Pattern[str], shown: str) -> dict[str, bytes] | None:
    found = regex.fullmatch(shown)
    return None if found is None else {name: bytes.fromhex(value) for name, value in found.groupdict().items()}


def check_mask(mask: str) -> None:
    """Raises PatternError unless ``mask`` is four hex digits or question marks."""
    if not _MASK.fullmatch(mask):
        raise PatternError(f"{mask!r} is no status-word mask: four hex digits, ? for any")


@lru_cache(maxsize=4096)
def _word(mask: str) -> tuple[int, int]:
    """The digits that count, and what they must be."""
    return int("".join("0" if each == "?" else "F" for each in mask), 16), int(mask.replace("?", "0"), 16)


def sw_fits(mask: str, sw: int) -> bool:
    """True if the status word fits ``mask``."""
    counts, word = _word(mask)
    return sw & counts == word


def tlv_at(data: bytes, path: str) -> bytes | None:
    """The value under ``path`` (tags in hex, ``/`` between), None if it is not there."""
    value: bytes | None = data
    for step in path.removesuffix("?").split("/"):
        try:
            value = tlv.find(value or b"", int(step, 16))
        except tlv.TlvError:
            return None
        if value is None:
            return None
    return value
