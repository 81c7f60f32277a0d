"""``--json``: the facts of a command go out in one of two ways, as words for a person or as JSON for a program.

With ``--json`` stdout carries nothing but JSON in UTF-8: one object, or one to a line where a command tells as it goes
on. Whatever else is said goes to stderr, the exit code is the same, and a command that fails has one line on stderr.
Each sheet has its JSON Schema in ``docs/json``.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, _MutuallyExclusiveGroup
from collections.abc import Iterable
from typing import TextIO

import msgspec

from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.explain.control_characters import harmless, sayable

SHEETS = "sheets"
"""Where a parser keeps which sheets its command prints."""


def add_json(
    parser: ArgumentParser | _MutuallyExclusiveGroup,
    *sheets: type[msgspec.Struct],
    words: str = "the facts as one JSON object",
) -> None:
    """Declare --json, and which sheets then come out."""
    parser.add_argument("--json", action="store_true", help=f"{words} on stdout, all else on stderr (docs/json)")
    parser.set_defaults(**{SHEETS: sheets})


def tell(args: Namespace, sheet: FactSheet, words: Iterable[str]) -> None:
    """Print ``sheet`` if --json asks for it, else ``words``, a line each."""
    if args.json:
        print(for_stream(as_json(sheet), sys.stdout), flush=True)
    say(args, words)


def say(args: Namespace, words: Iterable[str]) -> None:
    """Print ``words``, a line each, commands in backticks ready to be pasted, unless --json asks for facts: these come
    when all are known.
    """
    for line in () if args.json else words:
        print(to_paste(line), flush=True)


def as_json(sheet: msgspec.Struct) -> str:
    """One line without its end. Total, whatever characters a name has."""
    return json.dumps(msgspec.to_builtins(sheet), ensure_ascii=False)


def for_stream(line: str, stream: TextIO) -> str:
    """A line of JSON for ``stream``: a program reads UTF-8 from it, a person reads no terminal controls.

    JSON says any character in ASCII as well (RFC 8259 §7), and outside a string there is no other.
    """
    if (stream.encoding or "").lower().replace("_", "-") not in ("utf-8", "utf8"):
        line = sayable(line, "ascii")
    return harmless(line)
