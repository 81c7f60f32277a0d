"""A card as text (卡片导出): canonical JSON, for review and for comparing two cards with any text tool.

Canonical: sorted, one line per thing, the same card gives the same bytes. Without ``secrets`` no key, PIN or cell of
unknown layout is in it, only check values; such a text is for reading and cannot become a card again. With them it
says so in its second line, and reading it back gives the same text, byte for byte, or an ``ExportError``; a text of
the first format is brought up to date before that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cardfile.card_file_format import KEYS, TEST, keyed_by_label
from dualcos.explain.card_contents import Dump, contents
from dualcos.explain.memory_cells import cell_name, is_secret
from dualcos.textforms.json_and_toml import BadText, from_json
from dualcos.textforms.text_files import lines_in

NO_PROVENANCE: Mapping[str, str] = MappingProxyType({})
FORMAT = 2
_FIRST_FORMAT = 1
BANNER = "UNSAFE: keys and PINs stand in this file in clear 本文件含明文密钥和密码"
_FLAT = 8  # entries a line may hold
_DIGITS: Mapping[str, int] = MappingProxyType({"fid": 4, "number": 4, "sfi": 2, "kid": 2, "level": 2})


class ExportError(ValueError):
    """The text is no card that can be made; the message says why."""


class Parts(NamedTuple):
    """What a card is made of: its settings as JSON text, its cells by region."""

    options: str
    cells: dict[str, dict[bytes, bytes]]


def exported(
    dump: Dump,
    options: str,
    *,
    secrets: bool = False,
    provenance: Mapping[str, str] = NO_PROVENANCE,
    stacks: Stacks = STACKS,
) -> str:
    """The card as text. ``options``: its settings as JSON text.

    A card that ``provenance`` marks as a test card is marked so in its text; what it was made from goes with its keys.
    """
    seen = contents(dump, stacks, newest=False)
    document: dict[str, Any] = {"card": "dualcos", "format": FORMAT, "secrets": secrets}
    if secrets:
        document["banner"] = BANNER
    if provenance.get(KEYS) == TEST:
        document["provenance"] = dict(sorted(provenance.items())) if secrets else {KEYS: TEST}
    document["options"] = json.loads(options)
    damaged = [*seen.damaged, *(f"{each.label}: {line}" for each in seen.environments for line in each.damaged)]
    if damaged:
        document["damaged"] = damaged
    document["environments"] = {each.label: _words(each)["directories"] for each in seen.environments}
    document["cells"] = {
        region: {key.hex().upper(): _cell(region, key, cells[key], secrets, stacks) for key in sorted(cells)}
        for region, cells in sorted(dump.items())
    }
    return "\n".join(_written(document, 0)) + "\n"


def parts(text: str) -> Parts:
    """What ``text``, of the newest format, says a card is made of. Raises ExportError.

    Whoever makes the card then calls ``demand_agreement``: that is the whole check of the words in it.
    """
    document = _document(text)
    if document.get("format") != FORMAT:
        raise ExportError(f"it has export format {document.get('format')}; this program reads {FORMAT}")
    if document.get("secrets") is not True:
        raise ExportError("it was exported without keys, for reading only; export the card with --unsafe-secrets")
    try:
        cells = {
            region: {bytes.fromhex(key): bytes.fromhex(cell["value"]) for key, cell in found.items()}
            for region, found in document["cells"].items()
        }
        return Parts(json.dumps(document["options"]), cells)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ExportError("its options or cells are not as an export writes them") from None


def provenance_in(text: str) -> Mapping[str, str]:
    """What ``text`` says of the card's keys; nothing, if it is no test card's. Raises ExportError."""
    said = _document(text).get("provenance", {})
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        raise ExportError("what it says of its keys is not as an export writes it")
    return said


def up_to_date(text: str) -> str:
    """``text`` in the newest format: one of the first, byte for byte as it was written, rewritten; else as it is.

    Format 1 did not key the options by label. Raises ExportError.
    """
    document = _document(text)
    if document.get("format") != _FIRST_FORMAT:
        return text
    if "\n".join(_written(document, 0)) + "\n" != text:
        raise ExportError(f"it is not as export format {_FIRST_FORMAT} writes it: edited or damaged")
    try:
        options = json.loads(keyed_by_label(json.dumps(document["options"])))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ExportError("its options or cells are not as an export writes them") from None
    return "\n".join(_written({**document, "format": FORMAT, "options": options}, 0)) + "\n"


def _document(text: str) -> dict[str, Any]:
    try:
        document = from_json(text)
    except BadText as error:
        raise ExportError(f"it is {error}") from None
    if not isinstance(document, dict) or document.get("card") != "dualcos":
        raise ExportError("it is no export of a card")
    return document


def demand_agreement(
    text: str, dump: Dump, options: str, provenance: Mapping[str, str] = NO_PROVENANCE, stacks: Stacks = STACKS
) -> None:
    """Raises ExportError unless ``text`` is the export of this card, byte for byte."""
    try:
        found = exported(dump, options, secrets=True, provenance=provenance, stacks=stacks)
    except Exception as error:  # whatever some decoder makes of cells that no card wrote
        raise ExportError("its cells are no card's") from error
    if found != text:
        raise ExportError(f"{_first_difference(text, found)}: edited or damaged")


def _first_difference(wanted: str, found: str) -> str:
    pairs = zip(lines_in(wanted), lines_in(found), strict=False)
    at = next((n for n, (one, other) in enumerate(pairs, 1) if one != other), None)
    if at is None:
        return "it ends too early or too late"
    return f"line {at} does not agree with the rest of it"


class CardDifference(NamedTuple):
    """One setting, key or cell, ``where``: its environment or region. ``was``, ``becomes``: None where none is, or
    where it is ``hidden``, being secret.
    """

    kind: Literal["option", "key", "cell"]
    change: Literal["added", "gone", "changed"]
    where: str
    what: str
    was: str | None
    becomes: str | None
    hidden: bool

    @staticmethod
    def of(
        kind: Literal["option", "key", "cell"],
        place: tuple[str, str],
        was: str | None,
        becomes: str | None,
        *,
        hidden: bool = False,
    ) -> CardDifference:
        """``place``: where, and what."""
        change: Literal["added", "gone", "changed"] = (
            "added" if was is None else "gone" if becomes is None else "changed"
        )
        shown = (None, None) if hidden else (was, becomes)
        return CardDifference(kind, change, *place, *shown, hidden)

    def __str__(self) -> str:
        """In words."""
        name = f"option {self.what}" if self.kind == "option" else f"{self.where}: {self.what}"
        if self.kind == "cell" and self.change != "changed":
            return f"{name}: {self.change}"
        if self.hidden:
            return f"{name}: another value, not shown"
        nothing = "-" if self.kind == "option" else "not there"
        return (
            f"{name}: {nothing if self.was is None else self.was} → {nothing if self.becomes is None else self.becomes}"
        )


def differences(
    old: Dump, new: Dump, old_options: str, new_options: str, stacks: Stacks = STACKS
) -> Iterator[CardDifference]:
    """What is different, a cell, key or setting at a time; secrets are said to differ, not shown."""
    before, after = dict(_settings(json.loads(old_options))), dict(_settings(json.loads(new_options)))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield CardDifference.of("option", ("", name), before.get(name), after.get(name))
    keys = _check_values(old, stacks), _check_values(new, stacks)
    for place in sorted(keys[0].keys() | keys[1].keys()):
        if keys[0].get(place) != keys[1].get(place):
            yield CardDifference.of("key", place, keys[0].get(place), keys[1].get(place))
    for region in sorted(old.keys() | new.keys()):
        cells = old.get(region, {}), new.get(region, {})
        for key in sorted(cells[0].keys() | cells[1].keys()):
            was, becomes = (cell[key].hex().upper() if key in cell else None for cell in cells)
            if was != becomes:
                hidden = is_secret(region, key, stacks)
                yield CardDifference.of("cell", (region, cell_name(region, key, stacks)), was, becomes, hidden=hidden)


def _check_values(dump: Dump, stacks: Stacks) -> dict[tuple[str, str], str]:
    return {
        (each.label, f"{directory.name}, KID {key.kid:02X} version {key.version:X} {key.name}"): " ".join(
            word for word in (key.algorithm, f"KCV {key.kcv}" if key.kcv else "", f"tries {key.tries}") if word
        )
        for each in contents(dump, stacks).environments
        for directory in each.directories
        for key in directory.keys
    }


def _settings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _settings(each, f"{path}.{name}" if path else name)
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _cell(region: str, key: bytes, value: bytes, secrets: bool, stacks: Stacks) -> Mapping[str, Any]:
    hidden = not secrets and is_secret(region, key, stacks)
    shown = {"hidden": len(value)} if hidden else {"value": value.hex().upper()}
    return {"is": cell_name(region, key, stacks), **shown}


def _words(value: Any) -> Any:  # noqa: ANN401 - named tuples of named tuples
    """Named tuples as JSON objects."""
    if hasattr(value, "_asdict"):
        return {
            name: f"{each:0{_DIGITS[name]}X}" if name in _DIGITS else _words(each)
            for name, each in value._asdict().items()
        }
    if isinstance(value, tuple):
        return [_words(each) for each in value]
    return value.hex().upper() if isinstance(value, bytes) else value


def _written(value: Any, depth: int) -> list[str]:  # noqa: ANN401 - any JSON
    """Lines: what holds nothing that holds anything, and is short, is one."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if len(inner) <= _FLAT + 4 * (depth > 1) and not any(isinstance(each, dict | list) for each in inner):
        return [json.dumps(value, ensure_ascii=False)]
    blank = " " * (depth + 1)
    if isinstance(value, dict):
        names = value if depth == 0 else sorted(value)
        pieces = [(f"{json.dumps(name)}: ", _written(value[name], depth + 1)) for name in names]
    else:
        pieces = [("", _written(each, depth + 1)) for each in value]
    lines = ["{" if isinstance(value, dict) else "["]
    for number, (name, (first, *more)) in enumerate(pieces, 1):
        piece = [f"{blank}{name}{first}", *more]
        lines += [*piece[:-1], piece[-1] + ("," if number < len(pieces) else "")]
    return [*lines, " " * depth + ("}" if isinstance(value, dict) else "]")]
