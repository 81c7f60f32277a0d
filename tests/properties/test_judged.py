"""Every property judges something of every environment of every card, or the table says why it does not.

A property that plays and compares nothing "holds" on any card: a stack that is left out of the evidence looks like one
that passes. On the cards that ``test_properties_hold`` plays, it asks; on one of each other shape each property is run
here until it has judged every environment once, and no further.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from itertools import islice

import pytest
from commit_budget import CORE, PROFILES

from dualcos.lab.properties import (
    hand_over,
    interrupted_dialogues,
    profile_specimens,
    properties_not_asked,
    protected_commands,
    selection_table,
    session_forgets,
)
from dualcos.lab.properties.counted_card import Tally
from dualcos.lab.properties.list_of_properties import PROPERTIES, find
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.search import plan
from dualcos.lab.search.search_for_violation import search

EXAMPLES = 50  # what a commit draws


class Enough(BaseException):
    """All that should be judged has been. Not an ``Exception``: hypothesis would look for a smaller one."""


class Watched(Tally):
    """Stops a property once each of ``wanted`` has been judged."""

    __slots__ = ("seen", "wanted")

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.wanted: frozenset[str] = frozenset()

    def judge(self, label: str) -> None:
        super().judge(label)
        self.seen[label] += 1
        if self.wanted <= self.seen.keys():
            raise Enough


def judged(claim, specimen: ProfileSpecimen) -> set[str]:
    """The environments the property has judged, at most those it should."""
    tally = specimen.tally
    tally.seen.clear()
    tally.wanted = frozenset(
        label for label in specimen.labels if not properties_not_asked.why(claim.identity, label, specimen.stacks)
    )

    if tally.wanted:
        with contextlib.suppress(Enough):
            search(claim, specimen, EXAMPLES)
    return set(tally.seen)


def shape(name: str) -> object:
    """What decides which environments a property can judge: stacks, and the dialogues with what they are good for."""
    found = profile_specimens.specimen(name)
    dialogues = {
        label: tuple(
            macro._replace(play=None, uncovered=(), sweep=len(macro.sweep) > 0) for macro in side.macros.values()
        )
        for label, side in profile_specimens.sides(found.profile).items()
    }
    return repr((found.stacks, found.solos, dialogues))


def one_of_each_other_shape() -> tuple[str, ...]:
    """One card of each shape that is not played in full; with ``DUALCOS_PROFILES=all`` there is none."""
    played = {shape(name) for name in PROFILES}
    others = {shape(name): name for name in reversed(plan.issued_cards())}
    return tuple(name for found, name in others.items() if found not in played)


@pytest.fixture(scope="module", params=one_of_each_other_shape())
def specimen(request) -> ProfileSpecimen:
    return watched(request.param)


def watched(name: str) -> ProfileSpecimen:
    found = profile_specimens.specimen(name)
    found.tally = Watched()
    return found


def first_of_each_side(told):
    seen = set()
    for each in told:
        if each.label not in seen:
            seen.add(each.label)
            yield each


@pytest.fixture
def few_of_many(monkeypatch):
    """Of 65 536 identifiers, every bit of a command and all dialogues a few: here it is enough that they are asked."""
    monkeypatch.setattr(session_forgets, "IDENTIFIERS", range(0xDDF0, 0xDDF4))
    monkeypatch.setattr(selection_table, "IDENTIFIERS", range(0xDDF0, 0xDDF4))
    flips, dialogues = protected_commands.flips, interrupted_dialogues.dialogues
    monkeypatch.setattr(interrupted_dialogues, "dialogues", lambda bench: first_of_each_side(dialogues(bench)))
    monkeypatch.setattr(protected_commands, "flips", lambda *given, **how: islice(flips(*given, **how), 2))


def gaps(specimen: ProfileSpecimen, claims=PROPERTIES) -> dict[str, set[str]]:
    missing = {}
    for claim in claims:
        seen = judged(claim, specimen)
        if not specimen.tally.wanted <= seen:
            missing[claim.identity] = specimen.tally.wanted - seen
    return missing


@pytest.mark.usefixtures("few_of_many")
def test_every_property_judges_every_environment_or_says_why_not(specimen):
    assert gaps(specimen) == {}


def test_the_cards_of_every_commit_have_every_kind_of_environment():
    kinds = {label for name in plan.issued_cards() for label in profile_specimens.specimen(name).labels}
    assert {label for name in CORE for label in profile_specimens.specimen(name).labels} == kinds


# And the test bites: a stack or environment left out of the evidence somewhere.


@pytest.mark.usefixtures("few_of_many")
def test_hand_over_asked_of_two_environments_only_is_found(monkeypatch):
    whole = hand_over.kinds
    monkeypatch.setattr(hand_over, "kinds", lambda profile: {k: v for k, v in whole(profile).items() if k != "pki"})
    assert gaps(watched("social-3.0-pki"), [find("F13")]) == {"F13": {"pki"}}


@pytest.mark.usefixtures("few_of_many")
def test_session_items_of_one_environment_left_out_are_found(monkeypatch):
    whole = selection_table.grounds_of
    monkeypatch.setattr(
        selection_table, "grounds_of", lambda specimen, side: whole(specimen, side) if side.label != "psam-sx3" else ()
    )
    assert gaps(watched("psam-sm4"), [find("F5b"), find("F7c")]) == {"F5b": {"psam-sx3"}, "F7c": {"psam-sx3"}}


@pytest.mark.usefixtures("few_of_many")
def test_a_stack_without_protected_dialogues_is_found(monkeypatch):
    whole = profile_specimens.psam_macros.macros

    def plain(owner):
        return {name: macro._replace(guarded=False, sealed=False) for name, macro in whole(owner).items()}

    monkeypatch.setattr(profile_specimens.psam_macros, "macros", plain)
    found = gaps(watched("psam-sm4"), [find("F11"), find("F12"), find("F15a")])
    assert found == {name: {"manager", "psam-sx2", "psam-sx3"} for name in ("F11", "F12", "F15a")}


@pytest.mark.usefixtures("few_of_many")
def test_a_pair_of_environments_that_is_never_drawn_is_found(monkeypatch):
    monkeypatch.setattr(ProfileSpecimen, "pairs", (("manager", "psam-sx2"), ("psam-sx2", "manager")))
    assert gaps(watched("psam-sm4"), [find("F1"), find("F19")]) == {"F1": {"psam-sx3"}, "F19": {"psam-sx3"}}
