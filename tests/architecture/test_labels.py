"""Every environment that a card can have is in each list of them that somebody reads or that decides what is known.

The lists are compared with what the card itself makes (``Card.kinds``): a new kind of environment fails here until it
is in all of them, and so does one that a list leaves out.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dualcos
from cos.card import Card
from cos.cos_options import CosOptions
from cos.psam.options import PsamOptions
from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS
from dualcos.cli.profiles import _sides
from dualcos.explain.card_contents import contents
from dualcos.explain.tracker import Spot, Tracker
from dualcos.lab.conformance import coverage
from dualcos.lab.conformance.vector_forms import regions
from dualcos.lab.faults.fault_script import ENVIRONMENTS
from dualcos.profile import schema as profiles
from firewall.hardware.randomness import SeededRng

ROOT = Path(__file__).parents[2]
MANAGER, PSAM, DIRECTORY = "manager", "psam", "directory"


def kinds() -> dict[str, str]:
    """Every environment by label, with the stack it runs."""
    found = {MANAGER: MANAGER}
    for options, stack in ((CosOptions.of(), ""), (CosOptions.of(PsamOptions()), PSAM)):
        made = Card.blank(bytes(16), options, rng=SeededRng(b"kinds")).kinds
        found |= {label: stack or label for label in made}
    return found


KINDS = kinds()


def row(path: str, start: str) -> str:
    """The line of a text that begins so."""
    return next(line for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if line.startswith(start))


def listed(text: str, behind: str) -> set[str]:
    """The words in the code span behind a phrase."""
    return set(re.search(re.escape(behind) + r"[^`]*`([a-z0-9 -]+)`", text)[1].split())


def test_fault_scripts_know_and_document_each():
    assert set(ENVIRONMENTS) == KINDS.keys()
    assert listed(row("dualcos/lab/faults/README.md", "| `environment`"), "`environment`") == KINDS.keys()


def test_vectors_can_look_into_each_and_say_so():
    assert set(regions()) == {*KINDS, DIRECTORY}
    assert listed(row("vectors/README.md", "| `state`"), "`unchanged` regions") == {*KINDS, DIRECTORY}


def test_commands_of_each_have_names_and_are_covered():
    stacks = set(KINDS.values())
    assert {stack.label for stack in STACKS} == stacks
    assert {name for name, _ in coverage.tables()} - {"pse-making"} == stacks


@pytest.mark.parametrize("label", KINDS)
def test_the_trace_shows_each_in_capitals_like_the_others(label):
    tracker = Tracker(Version.V3, under=PSAM if KINDS[label] == PSAM else MANAGER)
    tracker.placed(label)
    for shown in (tracker.spot.short, Spot(label).short):
        assert shown == shown.upper() != ""
    assert len({Spot(stack).short for stack in KINDS.values()}) == len(set(KINDS.values()))


# How the list of profiles writes what a card has: the section of a profile, and the word.
SECTIONS = {"ssse": "SSSE", "pse": "PSE", "pki": "PKI", "psam": "PSAM"}


def test_the_list_of_profiles_has_each():
    shown = {name: " ".join(_sides(profiles.load(name)).values()) for name in profiles.names()}
    assert SECTIONS.keys() == set(KINDS.values()) - {MANAGER}
    for name, text in shown.items():
        profile = profiles.load(name)
        for section, word in SECTIONS.items():
            assert (word in text.split()) == (section in profile.sections), name
    assert {"sx1", "sx2", "sx3"} <= set(shown["psam-sm4"].split())


@pytest.mark.parametrize("name", ["dual-2.0-3des", "social-3.0-pki", "psam-sm4"])
def test_inspect_shows_each_region_but_the_chips_own(name):
    dump = dualcos.card(name).dump()
    seen = {
        PSAM if each.label == MANAGER and name.startswith(PSAM) else each.label for each in contents(dump).environments
    }
    wanted = {PSAM if label == MANAGER and name.startswith(PSAM) else label for label in dump if label in KINDS}
    assert seen == wanted


@pytest.mark.parametrize("stack", sorted(set(KINDS.values())))
def test_the_readme_shows_each_stack(stack):
    assert f" cos/{stack} " in (ROOT / "README.md").read_text(encoding="utf-8")


# And these tests bite: a list that leaves one out is seen.


@pytest.mark.parametrize("left_out", ["pki", "psam-sx3", "psam-sx2"])
def test_a_list_that_leaves_one_out_is_seen(left_out):
    text = row("dualcos/lab/faults/README.md", "| `environment`").replace(f" {left_out}", "")
    assert listed(text, "`environment`") == KINDS.keys() - {left_out}
