"""PROFILE|CARD-FILE: which card the user means, opened."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from cos.card import Card
from dualcos.cardfile.card_file_format import JOURNAL
from dualcos.cardfile.card_in_file import open_card
from dualcos.cli.file_arguments import Declaring, add_input
from dualcos.cli.user_faults import Fault, without_hex
from dualcos.profile.opened_card import Opened, default_profile, is_card_file, opened_file, opened_profile
from dualcos.profile.schema import file_of, names

CARD = "PROFILE|CARD-FILE"
_SET = "--set"


def add_card(parser: ArgumentParser, *, optional: bool = True) -> None:
    """Declare the PROFILE|CARD-FILE argument and --seed."""
    add_named_card(
        parser,
        "card",
        nargs="?" if optional else None,
        help="a profile (name or .toml file) or a card file made by `dualcos issue`"
        + (f"; default {default_profile()}" if optional else ""),
    )
    add_seed(parser)
    add_settings(parser)


def add_settings(parser: ArgumentParser, option: str = _SET, of: str = "the profile") -> None:
    """Declare --set, and --holder, which sets who a card's holder is."""
    parser.add_argument(
        option,
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help=f"a field of {of} otherwise than in its file, as chip.transmission.le00=data; repeat for more",
    )
    if option == _SET:
        parser.add_argument(
            "--holder",
            dest="set",
            metavar="NAME",
            action="append",
            type="holder={}".format,
            help="an invented person whose card the profile's is: `dualcos holders` lists them",
        )


def add_named_card(parser: Declaring, *names: str, **described: Any) -> None:  # noqa: ANN401 - as add_argument
    """Declare an argument that names a profile or a card file."""
    add_input(parser, *names, where=file_of, beside=(JOURNAL,), **{"metavar": CARD, **described})


def add_seed(parser: ArgumentParser) -> None:
    """Declare --seed."""
    parser.add_argument(
        "--seed",
        metavar="N",
        help="where the card's random numbers start: a number, or `random` for true ones"
        " (default: 0 for a profile, random for a card file)",
    )


def asked_card(name: str | None, seed: str | None = None, settings: Sequence[str] = ()) -> Opened:
    """The card that ``name`` means, powered off, with ``settings`` otherwise than in the profile.

    Raises Fault, ProfileError, CardFileError, StepRefused.
    """
    name = name or default_profile()
    if is_card_file(name):
        if settings:
            raise Fault(
                f"{name} is a card file, its settings are burnt in; "
                "`dualcos issue PROFILE --set PATH=VALUE -o FILE` makes one with others"
            )
        return opened_file(name, None if seed in (None, "random") else seed)
    if name not in names() and not Path(name).is_file():
        if without_hex(name) == without_hex("00000000"):
            raise Fault("the first argument is the card, a profile or a card file; a command in hex stands there")
        raise Fault(
            f"{name}: no such profile and no such card file; profiles are {', '.join(names())}; "
            f"`dualcos issue PROFILE -o {quote(name)}` makes a card file"
        )
    return opened_profile(name, None if seed == "random" else seed or "0", settings)


def seen_card(name: str) -> Card:
    """The card that ``name`` means, only to be looked at: a card file is left as it is.

    Raises Fault, ProfileError, CardFileError, StepRefused.
    """
    return open_card(name, detached=True) if is_card_file(name) else asked_card(name).card
