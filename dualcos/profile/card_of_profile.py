"""A card from its profile: the blank chip the maker delivers, then everything by commands (个人化)."""

from __future__ import annotations

from pathlib import Path

from cos.card import Card, CosOptions, randomness
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.profile.personalise import personalise
from dualcos.profile.schema import Profile, load
from firewall.hardware.randomness import Rng
from firewall.trace import TraceBuffer


def blank_card(profile: Profile, rng: Rng, trace: TraceBuffer | None = None, stacks: Stacks = STACKS) -> Card:
    """The blank chip that personalisation makes the card of ``profile`` from."""
    options = CosOptions.of(
        *profile.options, transmission=profile.chip.transmission, under=profile.under(stacks), stacks=stacks
    )
    return Card.blank(profile.transport_key, options, rng=rng, trace=trace, stacks=stacks)


def personalised_card(
    profile: Profile | str | Path,
    seed: int | bytes | str | None = 0,
    *,
    rng: Rng | None = None,
    trace: TraceBuffer | None = None,
    stacks: Stacks = STACKS,
) -> Card:
    """A card personalised by commands from ``profile`` (value, name or path of a TOML file), powered off.

    Same profile and seed: the same bytes for ever. ``seed`` None: true randomness. ``rng`` takes the place of the
    seed, for laboratories that script random numbers; ``trace`` gets what the card notes from now on. Raises
    ProfileError.
    """
    if not isinstance(profile, Profile):
        profile = load(profile, stacks)
    made = blank_card(profile, rng or randomness(seed), trace, stacks)
    personalise(made, profile, stacks)
    made.power_off()
    if trace is not None:
        trace.take()
    return made
