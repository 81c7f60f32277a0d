"""``dualcos why``: what a reason, a finding or a status word means, why it usually comes, and what to change."""

from __future__ import annotations

import sys
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from apdu.status import StatusWord, meaning
from dualcos.cli.facts.catalogue_facts import (
    CatalogueLine,
    CatalogueList,
    CatalogueShown,
    CommandsWithWord,
    StatusWordShown,
)
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.catalogue import (
    ENTRIES,
    KIND_NAMES,
    EntryKind,
    answered_with,
    as_sentences,
    commands_with,
    entry_called,
    entry_kind,
    family_text,
    in_a_line,
    near_ids,
    readable,
    status_word_in,
    status_words_of,
)
from dualcos.explain.catalogue_entry import CatalogueEntry, Wording
from dualcos.explain.rendering import Paint, columns, pad

_ELSEWHERE: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.REASON: "that of the command 见命令所依据的条款",
        EntryKind.FINDING: "told with the finding 随诊断结果给出",
    }
)
_LABEL, _ENGLISH, _CHINESE = 8, 100, 50


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="*", metavar="ID", help="an id (no-random-number), the phrase itself, or a status word (6985)"
    )
    add_json(parser, CatalogueList, CatalogueShown, StatusWordShown)


def why(args: Namespace) -> int:
    """One entry, one status word, or, without either, a line for every entry."""
    paint = paint_for(sys.stdout)
    asked = " ".join(args.what)
    if not asked:
        known = [_line(each) for each in ENTRIES.values()]
        tell(args, CatalogueList(entries=known), _listed(known, paint))
        return DONE
    entry = entry_called(asked)
    if entry is not None:
        tell(args, _shown(entry), _entry(entry, paint))
        return DONE
    word = status_word_in(asked)
    if word is None:
        near = near_ids(asked)
        raise Fault(
            f"{asked}: no reason, no finding and no status word; "
            + (f"nearest: {', '.join(near)}" if near else "`dualcos why` lists all")
        )
    told = _word(word)
    if not told.commands and not told.reasons and told.meaning.endswith(told.word):
        raise Fault(f"{told.word}: no status word that a card here gives; `dualcos why` lists all reasons")
    tell(args, told, _of_word(told, paint))
    return DONE


def _line(entry: CatalogueEntry) -> CatalogueLine:
    says = in_a_line(entry)
    return CatalogueLine(id=entry.id, kind=entry_kind(entry).value, says=says.en, says_zh=says.zh)


def _shown(entry: CatalogueEntry) -> CatalogueShown:
    says, cause, change = readable(entry.says), as_sentences(entry.cause), as_sentences(entry.change)
    return CatalogueShown(
        id=entry.id,
        kind=entry_kind(entry).value,
        name=entry.name,
        says=says.en,
        says_zh=says.zh,
        means=entry.means.en,
        means_zh=entry.means.zh,
        cause=cause.en,
        cause_zh=cause.zh,
        change=change.en,
        change_zh=change.zh,
        clauses=[clause for clause in entry.clauses if clause],
        words=[str(word) for word in status_words_of(entry)],
    )


def _word(word: StatusWord) -> StatusWordShown:
    return StatusWordShown(
        word=str(word),
        meaning=meaning(word),
        commands=[CommandsWithWord(environment=label, commands=list(names)) for label, names in commands_with(word)],
        reasons=[_line(each) for each in answered_with(word)],
    )


def _listed(known: Iterable[CatalogueLine], paint: Paint) -> Iterator[str]:
    yield from columns((paint("name", each.id), f"{each.says}  {each.says_zh}") for each in known)
    yield paint(
        "faint", "`dualcos why ID` says why it usually comes and what to change; `dualcos why 6985` a status word"
    )


def _entry(entry: CatalogueEntry, paint: Paint) -> Iterator[str]:
    kind = KIND_NAMES[entry_kind(entry)]
    yield f"{paint('name', entry.id)}  {kind.en} {kind.zh}"
    yield from _both("says", readable(entry.says), paint)
    if entry.means.en:
        yield from _both("means", entry.means, paint)
    yield from _both("cause", as_sentences(entry.cause), paint)
    yield from _both("change", as_sentences(entry.change), paint)
    clauses = "; ".join(clause for clause in entry.clauses if clause)
    elsewhere = _ELSEWHERE[entry_kind(entry)] if not clauses or "" in entry.clauses else ""
    yield _labelled("clause", "; ".join(filter(None, (clauses, elsewhere))), paint)
    for word in status_words_of(entry):
        yield _labelled("word", family_text(word), paint)


def _of_word(told: StatusWordShown, paint: Paint) -> Iterator[str]:
    yield f"{paint('name', told.word)}  {told.meaning}"
    for each in told.commands:
        yield _labelled(each.environment, "; ".join(each.commands), paint)
    if told.reasons:
        yield ""
        yield from columns((f"  {paint('name', each.id)}", f"{each.says}  {each.says_zh}") for each in told.reasons)
    else:
        yield paint("faint", "no reason of a refusal here is answered with it")


def _both(label: str, wording: Wording, paint: Paint) -> Iterator[str]:
    chinese = textwrap.wrap(wording.zh, _CHINESE) if wording.zh != wording.en else []
    for text in (*textwrap.wrap(wording.en, _ENGLISH, break_on_hyphens=False), *chinese):
        yield _labelled(label, text, paint)
        label = ""


def _labelled(label: str, text: str, paint: Paint) -> str:
    return f"{paint('faint', pad(label, _LABEL))}{text}"


WHY = Subcommand(
    "why", "what a reason, a finding or a status word means, its usual cause, what to change", _arguments, why
)
