"""The catalogue (错误目录): every reason of a refusal and every finding, by the id that ``dualcos why`` takes.

An entry is looked up by its id, by its name (the phrase as a trace in JSON has it), or through the status word that a
terminal has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from string import Formatter
from types import MappingProxyType

from apdu.status import StatusWord, meaning
from cos.stacks import STACKS
from dualcos.explain.catalogue_entry import CatalogueEntry, Wording, entry_id
from dualcos.explain.finding_words import FINDINGS
from dualcos.explain.refusal_sentences import REASONS
from dualcos.explain.refusal_sentences.status_words import ANSWERED_WITH


class EntryKind(Enum):
    """What an entry is about: why the card refused, or which mistake an exchange shows."""

    REASON = "reason"
    FINDING = "finding"


KIND_NAMES: Mapping[EntryKind, Wording] = MappingProxyType(
    {EntryKind.REASON: Wording("reason", "拒绝原因"), EntryKind.FINDING: Wording("finding", "诊断结果")}
)

ENTRIES: Mapping[str, CatalogueEntry] = MappingProxyType({each.id: each for each in (*REASONS, *FINDINGS.values())})
"""All of them by id: reasons by room, then findings."""

_WORD = 4
_BARE = frozenset(("{fault}",))
_FAMILIES = ((0xFFF0, 0x63C0), (0xFF00, 0x6C00))
_OF_ALL: Mapping[int, str] = MappingProxyType(
    {0x63C0: "63Cx  authentication failed, x tries left (还剩x次)", 0x6C00: "6Cxx  wrong Le, right is xx (Le错误)"}
)


def entry_kind(entry: CatalogueEntry) -> EntryKind:
    """What ``entry`` is about."""
    return EntryKind.FINDING if entry.name in FINDINGS else EntryKind.REASON


def entry_called(text: str) -> CatalogueEntry | None:
    """The entry of this id or name, however it is spelled with blanks and capitals; None if there is none."""
    return ENTRIES.get(entry_id(text.strip()))


def near_ids(text: str, most: int = 3) -> tuple[str, ...]:
    """Ids that somebody may have meant: spelled alike, else holding all words of ``text``."""
    wanted = entry_id(text.strip())
    alike = get_close_matches(wanted, ENTRIES, n=most, cutoff=0.6)
    words = [word for word in wanted.replace(".", "-").split("-") if word]
    holding = (name for name in ENTRIES if words and all(word in name for word in words))
    return tuple(dict.fromkeys((*alike, *holding)))[:most]


def status_word_in(text: str) -> StatusWord | None:
    """The status word that ``text`` is, four hex digits (``6985``, ``63 C2``, ``63Cx``); None if it is none."""
    digits = "".join(text.split()).upper().removeprefix("0X").replace("63CX", "63C0").replace("6CXX", "6C00")
    if len(digits) != _WORD or not digits.startswith(("6", "9")):
        return None
    try:
        return StatusWord(int(digits, 16))
    except ValueError:
        return None


def answered_with(sw: int) -> tuple[CatalogueEntry, ...]:
    """The reasons that the card gives ``sw`` for."""
    phrases = ANSWERED_WITH.get(_family(sw), ())
    return tuple(ENTRIES[entry_id(phrase)] for phrase in phrases)


def status_words_of(entry: CatalogueEntry) -> tuple[StatusWord, ...]:
    """The status words that this reason is answered with, x as 0; of a finding none."""
    if entry_kind(entry) is EntryKind.FINDING:
        return ()
    return tuple(StatusWord(sw) for sw, phrases in ANSWERED_WITH.items() if entry.name in phrases)


def _family(sw: int) -> int:
    return next((word for mask, word in _FAMILIES if sw & mask == word), sw)


def family_text(sw: int) -> str:
    """A status word with its meaning, of all that say a number in it: ``63Cx``."""
    return _OF_ALL.get(sw) or f"{sw:04X}  {meaning(sw)}"


def commands_with(sw: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Per environment, the commands whose rows list ``sw``, by name and Chinese name."""
    word = _family(sw)
    for stack in STACKS:
        listed = (f"{row.name} {row.zh}" for row in stack.rows if word in map(_family, row.words))
        names = tuple(dict.fromkeys(listed))
        if names:
            yield stack.label, names


def readable_template(template: str) -> str:
    """A template for reading: the names of its data where they will stand."""
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text + (f"‹{name.replace('_', ' ')}›" if name else ""))
    return "".join(parts)


def in_a_line(entry: CatalogueEntry) -> Wording:
    """The sentence for reading; where it is nothing but data, what it means."""
    return entry.means if entry.says.en in _BARE else readable(entry.says)


def as_sentences(wording: Wording) -> Wording:
    """Both texts as sentences: a capital, a full stop."""
    return Wording(
        *(text[:1].upper() + text[1:].rstrip(".。") + stop for text, stop in zip(wording, ".。", strict=True))
    )


def readable(wording: Wording) -> Wording:
    """Both templates for reading."""
    return Wording(*map(readable_template, wording))
