"""The stored corpus: one text file a target, one input a line as a Python bytes literal, comments above what they say.

A file that can be read and reviewed; the fuzzer gets it unpacked.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "corpus"


class Entry(NamedTuple):
    """One input and why it is kept; no reason: it reaches code that no other reaches."""

    data: bytes
    why: str = ""


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.txt"


def load(name: str) -> tuple[Entry, ...]:
    """A target's stored inputs, those with a reason first."""
    path = path_of(name)
    if not path.exists():
        return ()
    entries, why = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            why = line.lstrip("# ")
        elif line.strip():
            entries.append(Entry(ast.literal_eval(line), why))
            why = ""
    return tuple(sorted(entries, key=lambda entry: not entry.why))


def save(name: str, entries: tuple[Entry, ...]) -> None:
    """Those with a reason first, then the others, shortest first."""
    FOLDER.mkdir(exist_ok=True)
    ordered = sorted(dict.fromkeys(entries), key=lambda entry: (not entry.why, len(entry.data), entry.data))
    lines = [f"# {entry.why}\n{entry.data!r}" if entry.why else f"{entry.data!r}" for entry in ordered]
    path_of(name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def keep(name: str, data: bytes, why: str) -> None:
    """One more input, with its reason."""
    save(name, (*(entry for entry in load(name) if entry.data != data), Entry(data, why)))
