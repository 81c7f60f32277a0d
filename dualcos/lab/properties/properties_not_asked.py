"""What a property does not ask of an environment, and why. What is neither judged nor here is a gap in the evidence.

Every shipped card is held against this table, both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Unasked(NamedTuple):
    """``claims`` are not asked of environments with the rows of ``stacks`` (none given: all). ``alone``: only where the
    card has no other, ``root``: only of the one that is current after a reset, ``pair``: only where there is no second
    one beside the root.
    """

    claims: tuple[str, ...]
    reason: str
    stacks: tuple[str, ...] = ()
    alone: bool = False
    root: bool = False
    pair: bool = False


UNASKED: tuple[Unasked, ...] = (
    Unasked(
        ("F1", "F2", "F3", "F4", "F6", "F7", "F7a", "F7b", "F15b", "F19", "F20"),
        "the card has one environment: there is no other whose traffic could show, be named or be hurt",
        alone=True,
    ),
    Unasked(
        ("F7a",),
        "from the MF an identifier leads to every environment by right (SSC-5 §6.11)",
        root=True,
    ),
    Unasked(
        ("F7b",),
        "the MF's environment has made the others and knows that they exist: the declared exception",
        root=True,
    ),
    Unasked(
        ("F7", "F7b"),
        "the only other environment is the MF's: no card is without, and its identifier leads there by right",
        pair=True,
    ),
    Unasked(("F27c",), "makes no applications that could be deleted and made again", stacks=("manager", "pki")),
    Unasked(
        ("F27c",),
        "everything about an unfinished application is the right of the environment's master key (SSC-10 §5.2)",
        stacks=("pse",),
    ),
    Unasked(("F27c",), "shown by vectors: RIGHTS-PSAM-RECREATED", stacks=("psam",)),
    Unasked(("F14",), "numbers no transactions", stacks=("manager", "pki")),
    Unasked(("T7",), "books nothing that a lost answer would have to prove", stacks=("manager", "pki")),
    Unasked(("T7",), "has no command that gives a proof again (PBOC-5 annex B)", stacks=("pse",)),
    Unasked(("T7",), "has no command that gives a proof again (SSC-9 §9)", stacks=("psam",)),
    Unasked(("M1",), "has no record file whose records are found by identifier and pointer", stacks=("manager", "pki")),
    Unasked(("M1",), "reads records by number only (PBOC-5 B.12)", stacks=("pse",)),
    Unasked(("M1",), "reads records by number only; its one record file is the DIR file (SSC-9 §5)", stacks=("psam",)),
)

ROOT = "manager"


def why(claim: str, label: str, stacks: Mapping[str, str]) -> str:
    """Why ``claim`` is not asked of the environment ``label`` of a card with these; empty if it should be."""
    beside = [other for other in stacks if other not in (label, ROOT)]
    for each in UNASKED:
        if claim not in each.claims or (each.stacks and stacks[label] not in each.stacks):
            continue
        if each.alone and len(stacks) > 1:
            continue
        if (each.root and label != ROOT) or (each.pair and (beside or label == ROOT)):
            continue
        return each.reason
    return ""
