"""What is on a card, and what commands there are, as facts."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from cos.cos_options import CosOptions, written_options
from cos.kernel.command_rows import CommandRow, Secret
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cli.facts.card_facts import (
    CommandFacts,
    CommandRows,
    DirectoryOnCard,
    EnvironmentOnCard,
    FileOnCard,
    GroupOnCard,
    KeyOnCard,
    KeyRecordOnCard,
)
from dualcos.cli.facts.fact_sheet import hexed
from dualcos.explain.card_contents import DirectorySeen, EnvironmentSeen, FileSeen, KeySeen
from dualcos.explain.command_matrix import pieces, word_name
from dualcos.explain.psam_key_records import KeyRecordSeen

_OF = " of "


def environment_facts(seen: EnvironmentSeen) -> EnvironmentOnCard:
    """One environment."""
    return EnvironmentOnCard(
        label=seen.label,
        cells=seen.cells,
        bytes=seen.bytes,
        damaged=list(seen.damaged),
        directories=[_directory(each) for each in seen.directories],
        records=[_record(each) for each in seen.records],
    )


def _record(seen: KeyRecordSeen) -> KeyRecordOnCard:
    return KeyRecordOnCard(
        place=seen.place,
        usage=f"{seen.usage:02X}",
        identifier=f"{seen.identifier:02X}",
        factors=seen.factors,
        algorithm=seen.algorithm,
        kcv=seen.kcv,
        name=seen.name,
    )


def _directory(seen: DirectorySeen) -> DirectoryOnCard:
    return DirectoryOnCard(
        fid=f"{seen.fid:04X}",
        name=seen.name,
        aid=hexed(seen.aid),
        life=seen.life,
        files=[_file(each) for each in seen.files],
        keys=[_key(each) for each in seen.keys],
        groups=[GroupOnCard(dgi=f"{one.number:04X}", content=one.content, size=one.size) for one in seen.groups],
    )


def _file(seen: FileSeen) -> FileOnCard:
    return FileOnCard(
        fid=f"{seen.fid:04X}",
        sfi=f"{seen.sfi:02X}",
        name=seen.name,
        structure=seen.structure,
        size=seen.size,
        records=seen.records,
        used=seen.used,
        read=seen.read,
        update=seen.update,
    )


def _key(seen: KeySeen) -> KeyOnCard:
    left, _, tries = seen.tries.partition(_OF)
    return KeyOnCard(
        kid=f"{seen.kid:02X}",
        version=seen.version,
        name=seen.name,
        algorithm=seen.algorithm,
        kcv=seen.kcv,
        tries_left=int(left),
        tries=int(tries),
        level=f"{seen.level:02X}",
    )


def option_facts(options: CosOptions) -> dict[str, Any]:
    """The settings of a card's operating system, by the names a profile has for them."""
    found: dict[str, Any] = json.loads(written_options(options, all_of_them=True))
    return found


def command_facts(stacks: Stacks = STACKS) -> CommandRows:
    """Every row of every stack."""
    return CommandRows(commands=[_command(stack.label, row) for stack in stacks for row in stack.rows])


def _command(label: str, row: CommandRow[Any]) -> CommandFacts:
    lengths = frozenset(row.lc)
    return CommandFacts(
        environment=label,
        cla=f"{row.cla:02X}",
        ins=f"{row.ins:02X}",
        p1=pieces(row.p1),
        p2=pieces(row.p2),
        lc=[] if lengths == {0} else pieces(lengths),
        le=_lengths_asked(row.le) if row.le is not None else None if row.answers else [],
        name=row.name,
        name_zh=row.zh,
        clause=row.ref,
        secret=row.secret is Secret.DATA,
        words=[word_name(word) for word in sorted(row.words)],
    )


def _lengths_asked(le: Collection[int | None]) -> list[str]:
    return pieces({value & 0xFF for value in le if value is not None})
