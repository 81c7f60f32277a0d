"""What provokes the reasons of refusals that no vector asks for: a table a room, id to a dialogue that is refused so.

A module of tests that provokes reasons or findings says which, as ``PROVOKED``: ids of the catalogue, taken from the
cases that it plays. ``provoked_by_tests`` collects them; ``tests/conformance`` adds what vectors provoke, and holds
that nothing of the catalogue is left.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from cos.stacks import STACKS
from dualcos.explain.catalogue import ENTRIES, answered_with
from dualcos.explain.catalogue_entry import Language, entry_id
from dualcos.explain.refusal_reasons import told, words
from firewall.trace import Refused

ROOT = Path(__file__).parents[2]
Refusals = Iterable[Refused]


class Provocation(NamedTuple):
    """``entry``: the id; ``sw``: the answer; ``play``: plays a dialogue and gives what was refused in it, the refusal
    in question last.

    ``inside``: why no card ever says it: it is provoked where it is raised.
    """

    entry: str
    sw: int
    play: Callable[[pytest.MonkeyPatch], Refusals]
    inside: str = ""


def provoked_by_tests() -> frozenset[str]:
    """Ids of every module below ``tests`` that has ``PROVOKED``."""
    found: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if re.search(r"^PROVOKED\b", path.read_text("utf-8"), re.MULTILINE):
            found |= _imported(path).PROVOKED
    return frozenset(found)


def _imported(path: Path) -> Any:
    """A module of tests, whose helpers may lie beside it and be imported by their name alone."""
    sys.path.insert(0, str(path.parent))
    try:
        return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    finally:
        sys.path.remove(str(path.parent))


# --- what the catalogue says of a refusal ----------------------------------------------------------------------------

_OF_ROWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(row.ref for stack in STACKS for row in stack.rows if row.name == name)
        for name in {row.name for stack in STACKS for row in stack.rows}
    }
)
_ENGLISH = re.compile(r"\b[a-z]{3,}\b")
_NO_ENGLISH = frozenset(("gmssl", "mmdd"))
_TO_TYPE = re.compile(r"`[^`]*`")


def unlike_its_entry(event: Refused) -> list[str]:
    """What of a refusal is not as its entry declares it; nothing if all is."""
    entry = ENTRIES.get(entry_id(event.reason.why))
    if entry is None:
        return [f"{event.reason.why} has no entry"]
    found = []
    clause = event.reason.clause
    of_row = not clause or clause in _OF_ROWS.get(event.command, ())
    if clause not in entry.clauses and not (of_row and (not entry.clauses or "" in entry.clauses)):
        found.append(f"{entry.id}: the clause is {clause or 'none'}")
    if entry not in answered_with(event.sw):
        found.append(f"{entry.id}: {event.sw:04X} is not declared")
    chinese = words(told(event, "SSSE"), Language.CHINESE)
    english = set(_ENGLISH.findall(_TO_TYPE.sub("", chinese))) - _NO_ENGLISH
    if english:
        found.append(f"{entry.id}: {', '.join(sorted(english))} in {chinese}")
    return found
