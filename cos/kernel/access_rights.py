"""What a file's access words and the making of a directory ask for, judged by what was proved where a session stands.

A key gives its level in the directory that owns it, an own master key the level of all. An access word names a level of
the environment's directory, one of the file's, and whether both are needed. While a directory is being made its master
key may do everything (SSC-4 §6, SSC-10 §5.2). A rule is a list of alternatives, each a set of rights that must all be
held: free is one empty alternative, never is none.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.status import SW
from cos.kernel.command_rows import Need
from cos.kernel.directory_headers import LEVEL_FREE, LEVEL_MASTER, LEVEL_NEVER, MASTER, AccessWords, Life, access_words
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing, Stay, directory_of, level_of, right

Rule = tuple[frozenset[int], ...]

FREE: Rule = (frozenset(),)
NEVER: Rule = ()


def satisfied(rule: Rule, held: frozenset[int]) -> bool:
    """True if some alternative of ``rule`` is wholly held."""
    return any(needed <= held for needed in rule)


class Holder(NamedTuple):
    """Who gives a right: the directory, its level, and the entries of that level there: type, number as P2 names it."""

    directory: int
    level: int
    entries: tuple[tuple[int, int], ...]


def holder(at: Standing, held: int) -> Holder:
    """Who gives ``held``."""
    directory, level = directory_of(held), level_of(held)
    own = at.ways.own_bit if directory != at.home.fid else 0
    entries = ((each.kind, each.kid | own) for each in at.keys(directory).at_level(level))
    return Holder(directory, level, tuple(dict.fromkeys(entries)))


def unproved(at: Standing, why: str, rule: Rule, clause: str = "", **about: int) -> Refusal:
    """6982: ``needed`` are the alternatives of ``rule``, each with all who must have given their right, ``held`` those
    who have; ``home`` is the environment's directory.
    """
    needed = tuple(tuple(holder(at, one) for one in sorted(each)) for each in rule)
    held = tuple(holder(at, one) for one in sorted(at.security.rights))
    return Refusal(
        SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, why, clause, needed=needed, held=held, home=at.home.fid, **about
    )


def demand_right(at: Standing, needed: int, clause: str = "") -> None:
    """Refuse with 6982 unless ``needed`` is held."""
    if needed not in at.security.rights:
        raise unproved(at, "right not held", (frozenset((needed,)),), clause)


# --- files -------------------------------------------------------------------------------------------------------


def rule_of(words: AccessWords, parent: int, current: int) -> Rule:
    """The rule of one access word: level in the parent directory, level in the current one, one or both."""
    if LEVEL_NEVER in (words.parent, words.current):
        return NEVER
    if words.parent == words.current == LEVEL_FREE:
        return FREE
    needed = [
        right(directory, level)
        for directory, level in ((parent, words.parent), (current, words.current))
        if level != LEVEL_FREE
    ]
    return (frozenset(needed),) if words.both else tuple(frozenset((one,)) for one in needed)


def demand(at: Standing, file: ElementaryFile, *, write: bool) -> None:
    """Refuse with 6982 unless the file's rule is satisfied."""
    words = access_words(file.descriptor.access)[write]
    if words.parent == words.current == LEVEL_FREE:
        return
    held = at.security.rights
    if at.directory.life == Life.PERSONALISATION and right(governing(at), LEVEL_MASTER) in held:
        return
    rule = rule_of(words, at.home.fid, file.directory)
    if not satisfied(rule, held):
        why = "write rule not met" if write else "read rule not met"
        raise unproved(at, why, rule, at.ways.rules, fid=file.descriptor.fid, directory=file.directory)


# --- master keys -------------------------------------------------------------------------------------------------


def governing(at: Standing) -> int:
    """The directory whose master key governs the current one: itself, or the environment while it has no own key."""
    current = at.directory.fid
    return current if MASTER in at.keys(current) else at.home.fid


def demand_master(session: Stay, *_: object) -> None:
    """Refuse with 6982 unless the governing master key is proved."""
    demand_right(session.at, right(governing(session.at), LEVEL_MASTER))


def demand_making(session: Stay, *_: object) -> None:
    """Refuse with 6985 unless the current directory is still being made."""
    header = session.at.directory
    if header.life != Life.PERSONALISATION:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "making has ended", directory=header.fid)


MASTER_KEY: Need[Stay] = Need("the master key of the current directory", demand_master)
BEING_MADE: Need[Stay] = Need("the current directory is being made", demand_making)
