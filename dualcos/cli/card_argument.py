"""PROFILE|CARD-FILE: which card the user means, opened."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any, Literal, NamedTuple

from cos.card import Card
from cos.ssse.tables.table_model import Version
from dualcos.cardfile.card_file_format import JOURNAL, KEYS, TEST
from dualcos.cardfile.card_in_file import open_card
from dualcos.cli.file_arguments import Declaring, add_input
from dualcos.cli.user_faults import Fault, without_hex
from dualcos.explain.card_contents import edition, root_of
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.profile_notes import profile_notes
from dualcos.profile.schema import file_of, load, names, public_settings
from dualcos.textforms.text_files import begins_as_text
from firewall.trace import TraceBuffer

CARD = "PROFILE|CARD-FILE"
_PREFERRED = ("dual-2.0-3des", "social-2.0")
_SET = "--set"
_SQLITE = b"SQLite format 3\0"


class Opened(NamedTuple):
    """A card, the buffer with its events, and what is worth telling: title, edition of its tables, the label of
    the stack that answers for its MF, kind of source, fields set otherwise than in the profile (no keys, no PINs),
    what is unusual in the profile.
    """

    card: Card
    events: TraceBuffer
    name: str
    title: str
    version: Version
    under: str
    is_file: bool
    seed: str | None
    settings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> Literal["test", "real"]:
        """The mark of its keys: real unless somebody said otherwise."""
        return "test" if self.card.provenance.get(KEYS) == TEST else "real"


def default_profile() -> str:
    """The card that is meant if none is named."""
    known = names()
    return next((name for name in _PREFERRED if name in known), known[0])


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


def is_card_file(name: str) -> bool:
    """True if ``name`` is to be opened as a card file: a file that is not a profile's text."""
    path = Path(name)
    if name in names() or path.suffix == ".toml" or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_SQLITE):
        return True
    return not (start.strip() and begins_as_text(start))


def asked_card(name: str | None, seed: str | None = None, settings: Sequence[str] = ()) -> Opened:
    """The card that ``name`` means, powered off, with ``settings`` otherwise than in the profile.

    Raises Fault, ProfileError, CardFileError, StepRefused.
    """
    name = name or default_profile()
    events = TraceBuffer()
    if is_card_file(name):
        if settings:
            raise Fault(
                f"{name} is a card file, its settings are burnt in; "
                "`dualcos issue PROFILE --set PATH=VALUE -o FILE` makes one with others"
            )
        start = None if seed in (None, "random") else seed
        card = open_card(name, start, trace=events)
        return _opened(card, events, name, "card file 卡片文件", seed=start, is_file=True)
    if name not in names() and not Path(name).is_file():
        if without_hex(name) == without_hex("00000000"):
            raise Fault("the first argument is the card, a profile or a card file; a command in hex stands there")
        raise Fault(
            f"{name}: no such profile and no such card file; profiles are {', '.join(names())}; "
            f"`dualcos issue PROFILE -o {quote(name)}` makes a card file"
        )
    profile = load(name, settings=settings)
    start = None if seed == "random" else seed or "0"
    card = personalised_card(profile, start, trace=events, source=name)
    opened = _opened(card, events, name, f"{profile.title} {profile.title_zh}", seed=start, is_file=False)
    return opened._replace(settings=public_settings(settings), notes=tuple(profile_notes(profile)))


def seen_card(name: str) -> Card:
    """The card that ``name`` means, only to be looked at: a card file is left as it is.

    Raises Fault, ProfileError, CardFileError, StepRefused.
    """
    return open_card(name, detached=True) if is_card_file(name) else asked_card(name).card


def _opened(card: Card, events: TraceBuffer, name: str, title: str, *, seed: str | None, is_file: bool) -> Opened:
    dump = card.dump()
    return Opened(card, events, name, title, edition(dump) or Version.V2, root_of(dump), is_file, seed)
