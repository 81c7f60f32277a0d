"""``dualcos profiles``: which cards come with the program."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from cli.cards import default_profile
from cli.faults import DONE
from cli.paint import paint_for
from cli.subcommand import Subcommand
from cos.explain.render import columns
from cos.personalise.psam import environments
from cos.profile import Profile, load, names


def _arguments(parser: ArgumentParser) -> None:
    """None."""


def profiles(args: Namespace) -> int:  # noqa: ARG001 - the shape of every subcommand
    """One line each: name, what is on it, title."""
    paint = paint_for(sys.stdout)
    rows = []
    for name in names():
        profile = load(name)
        mark = "*" if name == default_profile() else " "
        rows.append((f"{mark} {name}", _sides(profile), f"{profile.title} {profile.title_zh}"))
    for line in columns(rows):
        print(line)
    print(paint("faint", "* is what serve and run take if none is named"))
    return DONE


def _sides(profile: Profile) -> str:
    sides = []
    if profile.ssse is not None:
        sides.append(f"SSSE {profile.ssse.version} {profile.ssse.algorithm}")
    if profile.pse is not None:
        sides.append("PSE")
    if profile.pki is not None:
        sides.append("PKI")
    if profile.psam is not None:
        sides.append(" ".join(("PSAM", *(f"{each.short} {each.cipher}" for each in environments(profile.psam)))))
    return " + ".join(sides) or "-"


PROFILES = Subcommand("profiles", "list the profiles that come with the program", _arguments, profiles)
