"""The card that somebody means by PROFILE or CARD-FILE, in this process, with what is worth telling of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from cos.card import Card
from cos.ssse.tables.table_model import Version
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.cardfile.card_in_file import open_card
from dualcos.explain import Explainer
from dualcos.explain.card_contents import edition, root_of
from dualcos.explain.served_card import ServedCard
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.profile_notes import profile_notes
from dualcos.profile.schema import load, names, public_settings
from dualcos.textforms.text_files import begins_as_text
from firewall.trace import TraceBuffer

_PREFERRED = ("dual-2.0-3des", "social-2.0")
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

    @property
    def served(self) -> ServedCard:
        """As which it is served, for advice."""
        return ServedCard(self.name, self.settings, burnt_in=self.is_file)

    def explainer(self, served: ServedCard | None = None) -> Explainer:
        """Who puts into words what passes it from now on."""
        return Explainer(self.version, under=self.under, card=served or self.served, view=view_of(self.card))


def default_profile() -> str:
    """The card that is meant if none is named."""
    known = names()
    return next((name for name in _PREFERRED if name in known), known[0])


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


def opened_file(path: str, seed: str | None, *, detached: bool = False) -> Opened:
    """The card of a card file, powered off; ``seed`` None: true random numbers. ``detached``: the file stays as it is.

    Raises CardFileError.
    """
    events = TraceBuffer()
    card = open_card(path, seed, trace=events, detached=detached)
    return _opened(card, events, path, "card file 卡片文件", seed=seed, is_file=True)


def opened_profile(name: str, seed: str | None, settings: Sequence[str] = ()) -> Opened:
    """The card of a profile, made now and powered off, with ``settings`` otherwise than in the profile.

    Raises ProfileError, StepRefused.
    """
    events = TraceBuffer()
    profile = load(name, settings=settings)
    card = personalised_card(profile, seed, trace=events, source=name)
    opened = _opened(card, events, name, f"{profile.title} {profile.title_zh}", seed=seed, is_file=False)
    return opened._replace(settings=public_settings(settings), notes=tuple(profile_notes(profile)))


def _opened(card: Card, events: TraceBuffer, name: str, title: str, *, seed: str | None, is_file: bool) -> Opened:
    dump = card.dump()
    return Opened(card, events, name, title, edition(dump) or Version.V2, root_of(dump), is_file, seed)
