"""The JSON Schemas of all that ``--json`` prints, from the declarations that the commands print from.

``python -m dualcos.cli.facts.json_schemas`` writes ``docs/json``; a test says when that is to be done again.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any, Union

import msgspec

from dualcos.cli.machine_output import SHEETS
from dualcos.cli.main import parser

FOLDER = "docs/json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def commands(room: ArgumentParser | None = None, name: str = "") -> Iterator[tuple[str, ArgumentParser]]:
    """Every subcommand that does something, with its parser: ``profiles``, ``card diff`` …"""
    room = room or parser()
    below = [action for action in room._actions if isinstance(action, _SubParsersAction)]  # noqa: SLF001 - no other way
    if not below:
        yield name, room
    for action in below:
        for word, found in action.choices.items():
            yield from commands(found, f"{name} {word}".strip())


def sheets(room: ArgumentParser) -> tuple[type[msgspec.Struct], ...]:
    """What a command prints with --json; empty if it has no such option."""
    return tuple(room.get_default(SHEETS) or ())


def schema(command: str, printed: tuple[type[msgspec.Struct], ...]) -> Mapping[str, Any]:
    """The schema of each object that ``command`` prints."""
    head = {"$schema": _DIALECT, "title": f"dualcos {command} --json"}
    found = head | msgspec.json.schema(Union[printed])  # noqa: UP007 - made of what is known only now
    for described in found["$defs"].values():
        if "description" in described:  # of which msgspec, up to 0.22, keeps how far it is indented
            described["description"] = cleandoc(described["description"])
    return found


def files() -> Mapping[str, str]:
    """Every schema by file name, as text."""
    return {
        f"{command.replace(' ', '-')}.json": json.dumps(schema(command, printed), indent=1, ensure_ascii=False) + "\n"
        for command, room in commands()
        if (printed := sheets(room))
    }


if __name__ == "__main__":
    folder = Path(__file__).parents[3] / FOLDER
    for old in folder.glob("*.json"):
        old.unlink()
    for name, text in files().items():
        (folder / name).write_text(text, "utf-8")
