"""``dualcos profiles``: which cards come with the program."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from cos.kernel.stack import Stack, Stacks
from cos.stacks import STACKS
from dualcos.cli.facts.card_facts import ProfileFacts, ProfileList
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE
from dualcos.explain.rendering import columns
from dualcos.profile.opened_card import default_profile
from dualcos.profile.psam_key_plan import environments
from dualcos.profile.schema import Profile, load, names


def _arguments(parser: ArgumentParser) -> None:
    add_json(parser, ProfileList)


def profiles(args: Namespace) -> int:
    """One line each: name, what is on it, title."""
    known = ((name, load(name)) for name in names())
    facts = ProfileList(default=default_profile(), profiles=[_facts(name, profile) for name, profile in known])
    tell(args, facts, _lines(facts))
    return DONE


def _lines(known: ProfileList) -> Iterator[str]:
    yield from columns(
        (
            f"{'*' if one.name == known.default else ' '} {one.name}",
            " + ".join(one.sides) or "-",
            f"{one.title} {one.title_zh}",
        )
        for one in known.profiles
    )
    yield paint_for(sys.stdout)("faint", "* is what serve and run take if none is named")


def _facts(name: str, profile: Profile) -> ProfileFacts:
    sides = _sides(profile)
    return ProfileFacts(
        name=name,
        title=profile.title,
        title_zh=profile.title_zh,
        environments=list(sides),
        sides=[said for said in sides.values() if said],
    )


def _sides(profile: Profile, stacks: Stacks = STACKS) -> dict[str, str]:
    """What a profile has a section for, by label, each side as its row of ``_WRITTEN`` says it or by its short name."""
    told = {}
    for stack in stacks:
        section = profile.sections.get(stack.label)
        if section is not None:
            written: Callable[[Stack, Any], str] = _WRITTEN.get(stack.label, _short)
            told[stack.label] = written(stack, section)
    return told


def _short(stack: Stack, _: Struct) -> str:
    return stack.places[0].short


def _social(stack: Stack, section: Any) -> str:  # noqa: ANN401 - its section
    return f"{_short(stack, section)} {section.version} {section.algorithm}"


def _key_card(stack: Stack, section: Any) -> str:  # noqa: ANN401 - its section
    return " ".join((_short(stack, section), *(f"{each.short} {each.cipher}" for each in environments(section))))


def _nothing(stack: Stack, section: Struct) -> str:  # noqa: ARG001 - the shape of all
    return ""


# Sides that say more than their name; the MF is on every card.
_WRITTEN: Mapping[str, Callable[[Stack, Any], str]] = MappingProxyType(
    {"manager": _nothing, "ssse": _social, "psam": _key_card}
)


PROFILES = Subcommand("profiles", "list the profiles that come with the program", _arguments, profiles)
