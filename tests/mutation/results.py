"""What mutmut found, counted by module and compared with the survivors that have a reason.

A mutant is named by its function and what it changes there, not by mutmut's number: numbers move with every edit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

WANTED = 95.0  # per cent
# A mutant that makes the tests run for ever, or kills the interpreter, is noticed too.
CAUGHT = frozenset(("killed", "timeout", "segfault"))
UNFINISHED = frozenset(("not checked", "check was interrupted by user"))
_RESULT = re.compile(r"^\s+(?P<name>\S+__mutmut_\d+): (?P<status>.+)$")


class Mutant(NamedTuple):
    """One change: ``where`` is module and function, ``was`` and ``now`` the lines before and after."""

    where: str
    was: str
    now: str


class Score(NamedTuple):
    """One module, or all of them."""

    module: str
    mutants: int
    killed: int

    @property
    def survived(self) -> int:
        """Mutants no test noticed."""
        return self.mutants - self.killed

    @property
    def percent(self) -> float:
        """Killed of all, one decimal, rounded down: 100.0 is said of nothing less."""
        return self.killed * 1000 // self.mutants / 10 if self.mutants else 100.0


class Verdict(NamedTuple):
    """``unexplained``: survivors nobody gave a reason for; ``stale``: reasons whose mutant is gone or killed."""

    unexplained: tuple[Mutant, ...]
    stale: tuple[Mutant, ...]


def statuses(results: str) -> dict[str, str]:
    """Mutant name to status, from what ``mutmut results --all true`` prints."""
    return {found["name"]: found["status"] for line in results.splitlines() if (found := _RESULT.match(line))}


def scores(status_of: Mapping[str, str]) -> list[Score]:
    """By module, in order of name."""
    mutants = Counter(module_of(name) for name in status_of)
    killed = Counter(module_of(name) for name, status in status_of.items() if status in CAUGHT)
    return [Score(module, mutants[module], killed[module]) for module in sorted(mutants)]


def total(parts: Iterable[Score]) -> Score:
    """All modules together."""
    parts = list(parts)
    return Score("all", sum(part.mutants for part in parts), sum(part.killed for part in parts))


def module_of(name: str) -> str:
    """``firewall.mint`` of ``firewall.mint.xǁMintǁcheck__mutmut_3``."""
    return name.rpartition(".")[0]


def mutant(name: str, diff: str) -> Mutant:
    """The mutant that mutmut calls ``name``, from the unified diff that ``mutmut show`` prints."""
    function = name.rpartition(".")[2].partition("__mutmut_")[0]
    function = function[2:] if function.startswith("x_") else ".".join(function.split("ǁ")[1:])
    changes = [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    was, now = ("\n".join(line[1:].strip() for line in changes if line[0] == sign) for sign in "-+")
    return Mutant(f"{module_of(name)} {function}", was, now)


def reasons(table: Mapping[str, object]) -> dict[Mutant, str]:
    """Mutant to reason, from the parsed ``survivors.toml``. Raises ValueError for an entry that is not whole."""
    entries = table.get("survivor", [])
    assert isinstance(entries, list)
    known: dict[Mutant, str] = {}
    for entry in entries:
        if set(entry) != {*Mutant._fields, "reason"} or not entry["reason"].strip():
            raise ValueError(f"every entry has where, was, now and a reason; this one has not: {entry}")
        known[Mutant(entry["where"], entry["was"], entry["now"])] = entry["reason"]
    return known


def compare(survivors: Iterable[Mutant], known: Iterable[Mutant]) -> Verdict:
    """Which survivors lack a reason, and which reasons explain nothing any more."""
    alive, explained = set(survivors), set(known)
    return Verdict(tuple(sorted(alive - explained)), tuple(sorted(explained - alive)))


def page(table: Mapping[str, Any]) -> str:
    """The score as a page of Markdown, to be filed with other evidence."""
    whole = table["all"]
    rows = "".join(
        f"| {each['module']} | {each['mutants']} | {each['killed']} | {each['survived']} | {each['percent']} |\n"
        for each in (*table["modules"], whole)
    )
    again = "; some mutants were tried again after the whole run" if table["in_parts"] else ""
    return (
        f"{whole['killed']} of {whole['mutants']} mutants killed, {whole['percent']} % (aim {table['wanted']} %); "
        f"{table['survivors_with_reason']} of {whole['survived']} survivors have a reason in "
        f"`tests/mutation/survivors.toml`. {table['tool']}, Python {table['python']}{again}; "
        f"SHA-256 of the mutated sources {table['sources_sha256'][:16]}….\n\n"
        f"| module | mutants | killed | survived | % |\n|---|---|---|---|---|\n{rows}"
    )
