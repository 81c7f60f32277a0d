"""F26 leaves no number out: each that a cell declares is set to its edges in a dialogue that counts it there.

``numbers_asked`` finds by itself which dialogue uses which number. A number that none counts would be at its edges in
vain; so each has a card here on which one does, or stands below with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from cos.stacks import STACKS
from dualcos.explain.memory_cells import kinds_of
from dualcos.lab.properties import bank_macros, profile_specimens
from dualcos.lab.properties.stored_numbers_at_edges import NumbersStay, numbers_asked, stays_asked

CARDS = ("bank-dual-currency", "social-3.0-pki", "psam-sm4")
REGIONS = {"manager": "manager", "ssse": "ssse", "pse": "pse", "pki": "pki", "psam": "psam-sx2"}
_TRIES, _SEQUENCE = "tries left", "terminal sequence"
_OF_A_PSAM = "the MF of a PSAM, whose kinds are those of all its environments"

Named = tuple[str, str, str]
# Stack, kind of cell and number that no dialogue of an issued card counts, and why.
UNREACHED: dict[Named, str] = {
    (
        "psam",
        "key {kind}/{kid}/{version}, tries",
        _TRIES,
    ): "the transport key's, dead behind the MF",
    (
        "manager",
        "key {kind}/{kid}/{version} of {directory}, tries",
        _TRIES,
    ): _OF_A_PSAM,
    ("manager", "{file} of {directory}, contents", _SEQUENCE): _OF_A_PSAM,
}


def declared() -> set[Named]:
    """Every number of every stack, from the declarations of its cells."""
    return {
        (stack, kind.name, count.name)
        for stack, region in REGIONS.items()
        for kind in kinds_of(region)
        for count in kind.counts
    }


def stays() -> Iterator[tuple[str, NumbersStay]]:
    """One environment of each stack; of the bank also the one that is being made."""
    seen = set[str]()
    for name in CARDS:
        for stay in stays_asked(profile_specimens.specimen(name)):
            stack = stay.side.stack or stay.side.label
            if stack not in seen or stack == bank_macros.LABEL:
                seen.add(stack)
                yield stack, stay


def counted() -> set[Named]:
    """What is counted at its edges; no further than until everything is."""
    found, wanted = set[Named](), declared() - UNREACHED.keys()
    for stack, stay in stays():
        for asked in numbers_asked(stay):
            if asked.counted:
                found.add((stack, asked.number.kind.name, asked.number.counted.name))
            if {named for named in wanted if named[0] == stack} <= found:
                break
    return found


def test_every_stack_is_asked():
    assert {stack.label for stack in STACKS} == set(REGIONS)


def test_every_number_is_counted_at_its_edges_or_says_why_not():
    assert declared() - counted() == UNREACHED.keys()
