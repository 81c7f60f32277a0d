"""What an answer must look like: status-word masks, data patterns, TLV paths.

Data pattern: hex; ``?`` a nibble; ``..`` a byte; ``[n]`` n bytes; ``[n-m]`` n to m bytes; ``*`` the rest;
``{name:n}`` n bytes kept under ``name``; ``{=expression}`` what a template expression gives, which may use names kept
in the same pattern; ``{name=expression}`` the same, kept under ``name``. Blanks are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from apdu import tlv

_TOKEN = re.compile(
    r"(?P<hex>[0-9A-Fa-f?])|(?P<byte>\.\.)|(?P<rest>\*)|\[(?P<low>\d+)(?:-(?P<high>\d+))?\]"
    r"|\{(?P<name>[a-z_][a-z0-9_]*):(?P<size>\d+)\}|\{(?P<kept>[a-z_][a-z0-9_]*)?=(?P<value>[^}]*)\}"
)
_MASK = re.compile("[0-9A-Fa-f?]{4}")
_BYTE = "[0-9A-F]{2}"
_MOST_LOOSE = 4  # the ways to fit grow with the length of the answer to this power


class PatternError(ValueError):
    """The pattern, mask or path is not written as its little language asks."""


class _Part(NamedTuple):
    """A piece of a pattern: a regular expression over hex, or an expression whose value must stand there.

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
    squeezed, parts, at = re.sub(r"\s+", "", text), [], 0
    while at < len(squeezed):
        found = _TOKEN.match(squeezed, at)
        if found is None:
            raise PatternError(f"{text!r} is no data pattern from {squeezed[at : at + 8]!r} on")
        parts.append(_part(found))
        at = found.end()
    if sum(part.loose for part in parts) > _MOST_LOOSE:
        raise PatternError(f"{text!r} has more than {_MOST_LOOSE} pieces of unknown length: too many ways to fit")
    return tuple(parts)


def _part(found: re.Match[str]) -> _Part:
    if found["hex"]:
        return _Part("[0-9A-F]" if found["hex"] == "?" else found["hex"].upper())
    if found["low"]:
        high = found["high"] or found["low"]
        return _Part(f"(?:{_BYTE}){{{found['low']},{high}}}", loose=high != found["low"])
    if found["name"]:
        return _Part(f"(?P<{found['name']}>(?:{_BYTE}){{{found['size']}}})")
    if found["value"] is not None:
        return _Part(f"(?:{_BYTE})*?", found["value"], found["kept"] or "", loose=True)
    return _Part(_BYTE) if found["byte"] else _Part(f"(?:{_BYTE})*", loose=True)


@lru_cache(maxsize=4096)
def _compiled(regex: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except (re.error, OverflowError) as error:
        raise PatternError(f"the pattern cannot be: {error}") from None


@lru_cache(maxsize=4096)
def expressions(text: str) -> tuple[str, ...]:
    """The expressions of a data pattern, for checking at load time. Raises PatternError."""
    _compiled("".join(part.regex for part in _parts(text)))
    return tuple(part.expression for part in _parts(text) if part.expression)


def match(text: str, data: bytes, evaluate: Callable[[str, Mapping[str, bytes]], bytes]) -> dict[str, bytes] | None:
    """The captured values if ``data`` fits the pattern, else None. Raises PatternError.

    ``evaluate`` gets an expression and the values kept around it.
    """
    parts, shown = _parts(text), data.hex().upper()
    kept = _kept("".join(part.regex for part in parts), shown)
    if kept is None:
        return None
    regex = "".join(part.exactly(evaluate(part.expression, kept)) if part.expression else part.regex for part in parts)
    return _kept(regex, shown)


def _kept(regex: str, shown: str) -> dict[str, bytes] | None:
    found = _compiled(regex).fullmatch(shown)
    return None if found is None else {name: bytes.fromhex(value) for name, value in found.groupdict().items()}


def check_mask(mask: str) -> None:
    """Raises PatternError unless ``mask`` is four hex digits or question marks."""
    if not _MASK.fullmatch(mask):
        raise PatternError(f"{mask!r} is no status-word mask: four hex digits, ? for any")


def sw_fits(mask: str, sw: int) -> bool:
    """True if the status word fits ``mask``."""
    return all(want in ("?", have) for want, have in zip(mask.upper(), f"{sw:04X}", strict=True))


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
