"""Whatever there is of a card, put on the bench: a profile, a card of this COS, a card of anybody's making."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cos.card import Card
from cos.cos_options import describe_options
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cardfile.card_in_file import open_card
from dualcos.explain import Explainer
from dualcos.lab.fuzzing.card_from_outside import OwnApplication, OwnCard, specimen_from_outside
from dualcos.lab.properties import plain_stack
from dualcos.lab.properties.counted_card import CountedCard, Tally
from dualcos.lab.properties.profile_specimens import ProfileSpecimen, profile_called, sides
from dualcos.lab.properties.sight_needed import Sight
from dualcos.lab.properties.specimen import BASE, LabBench, Side, Specimen
from dualcos.lab.search.dialogue_in_words import explainer_of
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.opened_card import is_card_file
from dualcos.profile.schema import Profile
from firewall.trace import TraceBuffer


class CardSpecimen:
    """One card of this COS as it is now, on the bench: a copy of it, so the card and its file stay as they are, and
    whatever the card does later changes nothing here.

    With the keys of the profile that is written beside it, if it is marked as a test card; else its traffic is what
    nobody needs a key for.
    """

    sight = Sight.MEMORY
    variants = ()

    def __init__(self, card: Card, name: str, seed: int = 0, stacks: Stacks = STACKS) -> None:
        self.name = name
        self.tally = Tally()
        self._stacks = (*stacks, *(stack for stack in card.stacks if stack not in stacks))
        self._profile = profile_behind(card.provenance, self._stacks)
        self._cells, self._options, self._made_of = card.dump(), describe_options(card.options), card.stacks
        self._seed = seed
        self._benches: dict[str, LabBench] = {}

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every environment against every other."""
        labels = tuple(self.bench().sides)
        return tuple((f, e) for f in labels for e in labels if f != e)

    def bench(self, variant: str = BASE) -> LabBench:
        """The card copied; of every other variant the same once more."""
        if variant not in self._benches:
            self._benches[variant] = self._copied()
        return self._benches[variant]

    def explainer(self) -> Explainer:
        """Who knows its stacks."""
        if self._profile is not None:
            return explainer_of(self._profile, self._stacks)
        return Explainer(under=self._root, stacks=self._stacks)

    @property
    def _root(self) -> str:
        """Whose rows answer for the MF."""
        return next(stack.label for stack in self._made_of if stack.root is not None)

    def _copied(self) -> LabBench:
        trace = TraceBuffer()
        copied = Card.restored(self._options, self._cells, self._seed, trace=trace, stacks=self._made_of)
        card = CountedCard(copied, self.tally)
        known = self._sides()
        return LabBench(
            card, trace, card.snapshot(), {label: side for label, side in known.items() if label in self._cells}
        )

    def _sides(self) -> dict[str, Side]:
        if self._profile is not None:
            return sides(self._profile, self._stacks)
        return {label: side for stack in self._made_of for label, side in plain_stack.sides(stack).items()}


def specimen_of(
    card: str | Path | Profile | Card | OwnCard,
    applications: Sequence[OwnApplication] = (),
    *,
    name: str = "",
    seed: int = 0,
    stacks: Stacks = STACKS,
) -> Specimen:
    """What properties and strategies are asked of.

    ``card``: a profile, by name, by the path of its .toml file or as it is; a card of this COS or the path of its card
    file, of which a copy is taken; or any other card that has the calls of ``OwnCard``, with its ``applications``.
    ``stacks``: those of your own among them, ``(*STACKS, MINE)``. ``name``: for reports.

    Raises ProfileError, CardFileError, CannotAsk.
    """
    if isinstance(card, str | Path):
        if is_card_file(str(card)):
            return CardSpecimen(open_card(card, detached=True, stacks=stacks), name or Path(card).name, seed, stacks)
        return ProfileSpecimen(profile_called(str(card), stacks), name or str(card), seed, stacks)
    if isinstance(card, Profile):
        return ProfileSpecimen(card, name or card.title, seed, stacks)
    if isinstance(card, Card):
        return CardSpecimen(card, name or "the card", seed, stacks)
    return specimen_from_outside(card, applications, name or type(card).__name__)
