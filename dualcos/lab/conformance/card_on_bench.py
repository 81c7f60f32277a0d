"""The laboratory's bench: which card is on the table for a vector, and what the laboratory may do to it.

In process there is a card per profile, made once and put back to its first state for each vector; its random numbers
can be scripted, its power cut, its cells compared. A card in a reader is only sent commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import structs

from apdu.link import SmartCard
from cos.card import Card, Snapshot, Standstill
from cos.kernel.files import CONTENT_CELL, RECORD_CELL
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cardfile.card_in_file import open_card
from dualcos.explain import Exchange, Explainer, Happening, RawRecord
from dualcos.explain.memory_cells import cell_name
from dualcos.lab.conformance.applying import CardAsked, Handling, source_of
from dualcos.lab.conformance.cards_made_together import CardsMadeTogether
from dualcos.lab.conformance.judged_answers import UNTOLD, WhyRefused
from dualcos.lab.conformance.own_cards import OwnCard
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.vector_schema import VectorDamage
from dualcos.lab.conformance.what_is_written import written
from dualcos.lab.conformance.who_computes import Hand
from dualcos.lab.operator_steps.desk import OperatorDesk
from dualcos.profile.card_of_profile import card_alike
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.schema import Profile, load
from firewall.hardware.cells import CellsFull
from firewall.hardware.randomness import Rng, SeededRng
from firewall.trace import Event, TraceBuffer

_ERASED = "erased"
SEED = b"vectors"
"""Where the random numbers of cards in process start."""
_Heard = tuple[RawRecord, tuple[tuple[str, Event], ...]]
"""What passed, and what the card noted at it."""
Dump = Mapping[str, Mapping[bytes, bytes]]


class ScriptedRng:
    """A stream that gives what it was told to first, then the stream behind it. Forks are kept by label."""

    __slots__ = ("_behind", "_script", "forks")

    def __init__(self, behind: Rng) -> None:
        self._behind = behind
        self._script = b""
        self.forks: dict[str, ScriptedRng] = {}

    def script(self, data: bytes) -> None:
        """Give ``data`` next; what was left of an older script is forgotten."""
        self._script = data

    @property
    def left(self) -> bytes:
        """What is still to come of the script."""
        return self._script

    def bytes(self, length: int) -> bytes:
        """The next bytes: of the script while it has enough."""
        if len(self._script) < length:
            return self._behind.bytes(length)
        given, self._script = self._script[:length], self._script[length:]
        return given

    def fork(self, label: str) -> ScriptedRng:
        """The stream of ``label``."""
        if label not in self.forks:
            self.forks[label] = ScriptedRng(self._behind.fork(label))
        return self.forks[label]

    @property
    def position(self) -> int:
        """How far the stream behind has run."""
        return self._behind.position

    def seek(self, position: int) -> None:
        """Go back in the stream behind."""
        self._behind.seek(position)


class WhiteBox(Protocol):
    """What a laboratory can do to a card in process, and to no other."""

    def begin(self, random: Mapping[str, list[str]]) -> None:
        """First state again, random numbers as scripted."""
        ...

    def cut_after(self, ticks: int | None) -> None:
        """Arm a power loss."""
        ...

    def damage(self, what: VectorDamage) -> None:
        """Change memory by hand. Raises VectorError if there is no such file or cell."""
        ...

    def dump(self) -> Dump:
        """All cells."""
        ...

    def standing(self) -> object:
        """All that the next answers depend on besides the session: memory and random numbers. To be compared."""
        ...

    @property
    def environment(self) -> str:
        """Which environment is current."""
        ...

    def hear(self, record: RawRecord) -> None:
        """What was sent and answered, in order."""
        ...

    @property
    def heard(self) -> Sequence[RawRecord]:
        """All that passed in this run, from its power-on; where it goes on from a standstill, the very records that
        passed before.
        """
        ...

    def reasons(self) -> WhyRefused:
        """Why the card refused what it was last sent, and which mistake that shows."""
        ...

    def explained(self) -> tuple[Happening, ...]:
        """What was sent and answered since the card began, in words."""
        ...

    def has_bare(self, card: SmartCard) -> bool:
        """True if ``card`` is the very card, with nothing around it that must see all that is sent."""
        ...

    def standstill(self) -> object:
        """The card as it stands, with its session, its random numbers and what was heard, to go on from."""
        ...

    def go_on(self, standstill: Any) -> None:  # noqa: ANN401 - of its own kind
        """Stand there again."""
        ...


def no_matter() -> None:
    """Nobody wants to know."""


class Target(NamedTuple):
    """A card ready for one vector: ``lab`` is None for a card in a reader. ``stacks``: what may be on it.
    ``operator``: whoever answers what no command can tell; None only where no vector asks. ``another_round``: called
    before each time that commands are sent until the card is taken out; ``over`` when a run is over.
    """

    card: SmartCard
    hand: Hand
    lab: WhiteBox | None
    stacks: Stacks = STACKS
    operator: OperatorDesk | None = None
    another_round: Callable[[], None] = no_matter
    over: Callable[[], None] = no_matter


class Bench:
    """Cards in process. ``profile``: play everything on this one, as far as it applies; ``settings``: fields it has
    otherwise than in its file (``PATH=VALUE``), which make it another card than the one that vectors name.
    """

    def __init__(self, profile: str | None = None, stacks: Stacks = STACKS, *, settings: Sequence[str] = ()) -> None:
        told = load(profile, stacks, settings=settings) if profile is not None else None
        self._asked = CardAsked(told, stacks, source=source_of(profile) if profile is not None else "")
        self._only = profile
        self._stacks = stacks
        self._made: dict[OwnCard, _Prepared] = {}
        self._together = CardsMadeTogether(partial(SeededRng, SEED), self._asked.services)
        self._first: dict[bytes, Snapshot] = {}  # by what decides memory

    def target(self, case: Case) -> Target:
        """The card for ``case``. Raises NotForThisCard, VectorError, ProfileError."""
        self._asked.demand(case)
        key = self._asked.key(case)
        prepared = self._made.get(key)
        if prepared is None:
            profile, hand = self._asked.profile(case), self._asked.hand(case)
            prepared = _Prepared(profile, hand, self._stacks, self._making(profile, self._only or key[0]))
            self._made[key] = prepared
            self._first.setdefault(_memory(profile), prepared.first)
        return Target(prepared.card, prepared.hand, prepared, self._stacks)

    def _making(self, profile: Profile, source: str) -> Callable[..., Card]:
        """How the card of ``profile`` is made: by commands, or from the first state of one with the same memory."""
        first = self._first.get(_memory(profile))
        if first is not None:
            return partial(card_alike, first=first)
        return partial(self._together.card, source=source)


def _memory(profile: Profile) -> bytes:
    return msgspec.json.encode(written(profile), order="sorted")


class PartialHand(Hand, Protocol):
    """A hand that cannot compute everything, as one that has a PSAM and no keys."""

    def demand(self, case: Case) -> None:
        """Raises NotForThisCard if it cannot compute what ``case`` asks for, HandRefused if that does not come out."""
        ...


class ReaderBench:
    """One real card in a reader. ``profile``, by name or path, is the card, with ``settings`` otherwise than in the
    file; ``destructive``: it may be spoilt. ``operator``: who answers at the desk; without a desk, vectors that ask do
    not apply. ``hand``: who computes in place of the profile's test keys.
    """

    def __init__(
        self,
        card: SmartCard,
        profile: str,
        *,
        settings: Sequence[str] = (),
        destructive: bool = False,
        operator: OperatorDesk | None = None,
        hand: PartialHand | None = None,
    ) -> None:
        self._card = card
        self._operator = operator
        self._partial = hand
        told = load(profile, settings=settings)
        self._asked = CardAsked(
            told,
            source=source_of(profile),
            handling=Handling(in_reader=True, destructive=destructive, attended=operator is not None),
            hand=hand,
        )

    def target(self, case: Case) -> Target:
        """The card for ``case``. Raises NotForThisCard, HandRefused, VectorError, ProfileError."""
        self._asked.demand(case)
        if self._partial is not None:
            self._partial.demand(case)
        return Target(self._card, self._asked.hand(case), None, operator=self._operator)


class CardFileBench:
    """The card of a card file, on a copy of it in this process: the file stays as it is. Played is what a card in a
    reader can show, and what takes a card in process besides; nothing that needs a card as it was issued.

    Raises CardFileError, ProfileError, VectorError for one that is not marked as having test keys.
    """

    def __init__(self, path: str, stacks: Stacks = STACKS) -> None:
        profile = profile_of_card_file(path, stacks)
        self._asked = CardAsked(profile, stacks, handling=Handling(used=True))
        self._prepared = _Prepared(profile, HostHand(profile), stacks, partial(_copied, path))
        self._stacks = stacks

    def target(self, case: Case) -> Target:
        """The card for ``case``. Raises NotForThisCard, VectorError, ProfileError."""
        self._asked.demand(case)
        prepared = self._prepared
        return Target(prepared.card, prepared.hand, prepared, self._stacks)


def profile_of_card_file(path: str, stacks: Stacks = STACKS) -> Profile:
    """What the card of a card file was made from. Raises CardFileError, ProfileError, VectorError for one that is not
    marked as having test keys.
    """
    profile = profile_behind(open_card(path, SEED, detached=True, stacks=stacks).provenance, stacks)
    if profile is None:
        raise VectorError(
            f"{path} is not marked as a card of test keys made from a profile, and vectors know no other keys"
        )
    return profile


def _copied(path: str, _profile: Profile, *, rng: Rng, trace: TraceBuffer, stacks: Stacks) -> Card:
    """The card of a file; its random numbers are drawn from one seed, whatever ``rng`` has."""
    return open_card(path, rng.bytes(16), trace=trace, detached=True, stacks=stacks)


class _LeftStanding(NamedTuple):
    """A card in process in the midst of a vector: ``scripts`` are what is left of its random numbers, by stream."""

    card: Standstill
    scripts: Mapping[str, bytes]
    heard: tuple[_Heard, ...]


class _Prepared:
    """A card in process with its first state."""

    def __init__(self, profile: Profile, hand: Hand, stacks: Stacks, made: Callable[..., Card]) -> None:
        self.profile = profile
        self._stacks = stacks
        self.hand = hand
        self._events = TraceBuffer()
        self._rng = ScriptedRng(SeededRng(SEED))
        self.card = made(profile, rng=self._rng, trace=self._events, stacks=stacks)
        self.first: Snapshot = self.card.snapshot()
        self._heard: list[_Heard] = []  # of this vector

    def begin(self, random: Mapping[str, list[str]]) -> None:
        self.card.rail.cut_after(None)
        self.card.restore(self.first)
        for stream in self._rng.forks.values():
            stream.script(b"")
        for label, draws in random.items():
            self._rng.fork(label).script(bytes.fromhex("".join(draws)))
        self._events.take()
        self._heard.clear()

    def cut_after(self, ticks: int | None) -> None:
        self.card.rail.cut_after(ticks)

    def damage(self, what: VectorDamage) -> None:
        dump = self.card.dump()
        region, cell = _place(dump, what, self._stacks)
        value = _damaged(what, dump[region][cell])
        try:
            self.card.overwrite(region, cell, value)
        except CellsFull as full:
            raise VectorError(f"damage: {what.cell or what.file}: {full}") from None

    def dump(self) -> Dump:
        return {label: image.cells for label, image in self.card.snapshot().chip.regions.items() if image.cells}

    def standing(self) -> object:
        return self.card.snapshot(), {label: stream.left for label, stream in self._rng.forks.items()}

    @property
    def environment(self) -> str:
        return self.card.environment

    def hear(self, record: RawRecord) -> None:
        self._heard.append((record, self._events.take()))

    @property
    def heard(self) -> Sequence[RawRecord]:
        return [record for record, _ in self._heard]

    def has_bare(self, card: SmartCard) -> bool:
        return card is self.card

    def standstill(self) -> object:
        scripts = {label: stream.left for label, stream in self._rng.forks.items()}
        return _LeftStanding(self.card.standstill(), scripts, tuple(self._heard))

    def go_on(self, standstill: _LeftStanding) -> None:
        self.card.rail.cut_after(None)
        self.card.go_on(standstill.card)
        for label, stream in self._rng.forks.items():
            stream.script(standstill.scripts.get(label, b""))
        self._events.take()
        self._heard = list(standstill.heard)

    def explained(self) -> tuple[Happening, ...]:
        return tuple(map(self._explainer().explain, self._records()))

    def _explainer(self) -> Explainer:
        return Explainer(under=self.profile.under(self._stacks), stacks=self._stacks, view=view_of(self.card))

    def _records(self) -> Iterator[RawRecord]:
        return (structs.replace(record, events=(*record.events, *events)) for record, events in self._heard)

    def reasons(self) -> WhyRefused:
        *before, last = self._records()
        explainer = self._explainer()
        for record in before:
            explainer.follow(record)
        read = explainer.explain(last)
        if not isinstance(read, Exchange):
            return UNTOLD
        return WhyRefused(read.reasons[-1] if read.reasons else None, read.findings)


def _damaged(what: VectorDamage, old: bytes) -> bytes | None:
    """What a cell that has ``old`` has then; None: nothing. Raises VectorError for a place beyond its end."""
    if what.becomes is not None:
        return None if what.becomes == _ERASED else bytes.fromhex(what.becomes)
    if what.at > len(old):
        raise VectorError(f"damage: {what.cell or what.file} has {len(old)} bytes, and at {what.at} is none of them")
    new = bytes.fromhex(what.value or "")
    return old[: what.at] + new + old[what.at + len(new) :]


def _place(dump: Dump, what: VectorDamage, stacks: Stacks) -> tuple[str, bytes]:
    """Region and key of the cell that is meant. Raises VectorError."""
    if what.cell is not None:
        region, _, name = what.cell.partition(": ")
        named = (key for key in sorted(dump.get(region, {})) if cell_name(region, key, stacks) == name)
    else:
        region, directory, file = (what.file or "").split("/")
        where = {"directory": bytes.fromhex(directory), "file": bytes.fromhex(file)}
        named = (
            key
            for key in sorted(dump.get(region, {}))
            for kind in (RECORD_CELL, CONTENT_CELL)
            if kind.fits(key) and where.items() <= kind.split(key).items()
        )
    cell = next(named, None)
    if cell is None:
        raise VectorError(f"damage: the card holds nothing in {what.cell or what.file}")
    return region, cell
