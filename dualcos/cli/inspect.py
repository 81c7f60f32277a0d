"""``dualcos inspect``: what is on a card, and what commands it has. No key and no PIN is shown."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType

from cos.cos_options import describe_options
from dualcos.cardfile.card_file_format import REAL, TEST
from dualcos.cli.card_argument import add_card, asked_card
from dualcos.cli.facts.card_facts import CommandRows, InspectedCard
from dualcos.cli.facts.fact_sheet import hexed
from dualcos.cli.facts.facts_of_card import command_facts, environment_facts, option_facts
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.card_contents import CardSeen, DirectorySeen, KeySeen, contents
from dualcos.explain.command_matrix import matrix
from dualcos.explain.names_of_places import printable
from dualcos.explain.psam_key_records import KeyRecordSeen
from dualcos.explain.rendering import Paint, columns, grouped
from dualcos.explain.reset_answer import chip_serial, reset_details
from dualcos.explain.social_records import other_serial
from dualcos.profile.opened_card import Opened
from dualcos.profile.schema import names

_MARKS: Mapping[str, str] = MappingProxyType(
    {TEST: "test 测试密钥: `dualcos keys show-test {} --for terminal` shows them", REAL: "real 真实密钥, or not marked"}
)
_CHANGED = ": the profile was changed by --set 模板被修改"


def _arguments(parser: ArgumentParser) -> None:
    add_card(parser)
    parser.add_argument("--commands", action="store_true", help="the commands of each side instead, from their rows")
    parser.add_argument("--options", action="store_true", help="the settings of the card's operating system too")
    add_json(parser, InspectedCard, CommandRows)


def inspect(args: Namespace) -> int:
    """Print environments, directories, files with their rules, keys with their check values."""
    paint = paint_for(sys.stdout)
    if args.commands:
        if args.card is not None or args.options or args.set or args.seed is not None:
            raise Fault(
                "the commands are the same for every card, so --commands takes no card, no --set and no --options:"
                " type `dualcos inspect --commands`"
            )
        tell(args, command_facts(), command_lines(paint))
        return DONE
    opened = asked_card(args.card, args.seed, args.set)
    with closing(opened.card) as card:
        seen = contents(card.dump())
        tell(args, _facts(opened, seen, options=args.options), _lines(opened, seen, paint, options=args.options))
    return DONE


def _facts(opened: Opened, seen: CardSeen, *, options: bool) -> InspectedCard:
    return InspectedCard(
        card=opened.name,
        title=opened.title,
        settings=list(opened.settings),
        atr=hexed(opened.card.atr),
        keys=opened.keys,
        identification=hexed(seen.identification) if seen.identification else None,
        notes=list(_notes(opened, seen)),
        edition=seen.version.label if seen.version is not None else None,
        damaged=list(seen.damaged),
        environments=[environment_facts(each) for each in seen.environments],
        options=option_facts(opened.card.options) if options else None,
    )


def _lines(opened: Opened, seen: CardSeen, paint: Paint, *, options: bool) -> Iterator[str]:
    yield f"{paint('name', opened.name)}  {opened.title}"
    yield from (f"set {setting}" for setting in opened.settings)
    yield f"ATR {grouped(opened.card.atr, 1)}"
    yield from (f"    {detail.zh} {detail.text}" for detail in reset_details(opened.card.atr))
    changed = _CHANGED if opened.keys == REAL and opened.settings and opened.name in names() else ""
    yield f"keys {_MARKS[opened.keys].format(shlex.quote(opened.name))}{changed}"
    if seen.identification:
        yield f"identification code {hexed(seen.identification)} 卡的识别码"
    yield from (f"    {paint('advice', f'» {note}')}" for note in _notes(opened, seen))
    yield from card_lines(seen, paint)
    if options:
        yield describe_options(opened.card.options, all_of_them=True)


def _notes(opened: Opened, seen: CardSeen) -> Iterator[str]:
    """What is worth a look and no fault."""
    yield from opened.notes
    note = other_serial(seen.identification, chip_serial(opened.card.atr))
    if note:
        yield f"identification code: {note}"


def card_lines(seen: CardSeen, paint: Paint) -> Iterator[str]:
    """A whole card."""
    if seen.version is not None:
        yield f"edition {seen.version.label} 规范版本"
    yield from (f"{paint('bad', 'damaged 损坏')}: {line}" for line in seen.damaged)
    for environment in seen.environments:
        yield ""
        size = f"{environment.cells} cells, {environment.bytes} bytes"
        yield f"{paint('place', environment.label)}  {paint('faint', size)}"
        yield from (f"  {paint('bad', 'damaged 损坏')}: {line}" for line in environment.damaged)
        for directory in environment.directories:
            yield from _directory(directory, paint)
        if environment.records:
            yield ""
            yield f"  {paint('name', 'keys for user cards 用户卡密钥')}"
            yield from (f"    {line}" for line in columns(map(_record, environment.records)))


def _record(key: KeyRecordSeen) -> tuple[str, ...]:
    place = f"{key.usage:02X}/{key.identifier:02X}"
    factors = f"{key.factors} factor{'' if key.factors == 1 else 's'}"
    return key.place, place, factors, key.algorithm, f"KCV {key.kcv}" if key.kcv else "", key.name


def _directory(directory: DirectorySeen, paint: Paint) -> Iterator[str]:
    name = f"  {grouped(directory.aid, 16)}{printable(directory.aid)}" if directory.aid else ""
    yield ""
    yield f"  {paint('name', directory.name)}{name}  {directory.life}"
    files = [
        (
            f"EF{file.fid & 0xFF:02X}" if file.fid >> 8 == 0xEF else f"{file.fid:04X}",
            f"SFI {file.sfi:02X}",
            file.structure,
            "" if file.records is None else f"{file.records} records",
            f"{file.used} of {file.size} bytes",
            f"read {file.read}",
            f"write {file.update}",
            file.name,
        )
        for file in directory.files
    ]
    yield from (f"    {line}" for line in columns(files))
    groups = [(f"DGI {one.number:04X}", f"{one.size} bytes", one.content) for one in directory.groups]
    yield from (f"    {line}" for line in columns(groups))
    yield from (f"    {line}" for line in columns(_keys(directory.keys)))


def _keys(keys: tuple[KeySeen, ...]) -> list[tuple[str, ...]]:
    """A line per key; its versions side by side."""
    groups: dict[tuple[int, str, str], list[KeySeen]] = {}
    for key in keys:
        groups.setdefault((key.kid, key.name, key.algorithm), []).append(key)
    return [
        (
            f"KID {kid:02X}",
            "v" + "".join(f"{one.version:X}" for one in group),
            algorithm,
            "KCV " + " ".join(one.kcv for one in group) if group[0].kcv else "",
            f"tries {', '.join(dict.fromkeys(one.tries for one in group))}",
            name,
        )
        for (kid, name, algorithm), group in groups.items()
    ]


def command_lines(paint: Paint) -> Iterator[str]:
    """The command matrix, one table for each side."""
    rows = matrix()
    for label in dict.fromkeys(row.environment for row in rows):
        yield paint("place", label)
        table = [("CLA", "INS", "P1", "P2", "Lc", "Le", "name", "", "clause", "secret", "status words besides 9000")]
        table += [
            (row.cla, row.ins, row.p1, row.p2, row.lc, row.le, row.name, row.zh, row.clause, row.secret, row.words)
            for row in rows
            if row.environment == label
        ]
        yield from (f"  {line}" for line in columns(table))
        yield ""


INSPECT = Subcommand("inspect", "show what is on a card: files, rules, keys by check value", _arguments, inspect)
