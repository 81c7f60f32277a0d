"""A card from its profile: the blank chip the maker delivers, then everything by commands (个人化).

Works over any ``SmartCard``: in process, through a reader, or on a card of another maker with the same dialect. There
is no other way to write a card.
"""

from __future__ import annotations

from pathlib import Path

from apdu.link import SmartCard
from cos.card import Card, Snapshot, randomness
from cos.cos_options import CosOptions
from cos.kernel.stack import Stacks
from cos.ssse.tables.item_encoding import EncodingError, NotInCharset
from cos.stacks import STACKS
from dualcos.dialogue.driver import StepRefused, perform
from dualcos.dialogue.making import Maker
from dualcos.dialogue.personalise_bank import personalise_bank
from dualcos.dialogue.personalise_birth import birth, close, maker_bytes
from dualcos.dialogue.personalise_pki import personalise_pki
from dualcos.dialogue.personalise_psam import personalise_psam
from dualcos.dialogue.personalise_social import personalise_social
from dualcos.explain.refused_steps import last_refusal, reason_line
from dualcos.profile.bank_order import bank_order
from dualcos.profile.birth_order import birth_order
from dualcos.profile.blamed_field import blamed_field
from dualcos.profile.card_provenance import provenance_of
from dualcos.profile.pki_order import pki_order
from dualcos.profile.psam_order import psam_order
from dualcos.profile.schema import Profile, ProfileError, load
from dualcos.profile.social_order import SocialServices, social_order
from firewall.hardware.randomness import Rng, SeededRng
from firewall.trace import TraceBuffer


def personalise(
    card: SmartCard, profile: Profile, stacks: Stacks = STACKS, services: SocialServices | None = None
) -> None:
    """From blank chip to issued card: historical bytes, MF, environments with their first keys, bodies, end.

    An environment of a stack that has no body here stays as it was born. Leaves the card powered. Raises
    StepRefused naming the step and the answer.
    """
    maker_bytes(card, profile.chip.historical)
    if profile.psam is not None:
        if profile.psam.mf:
            perform(card, personalise_psam(psam_order(profile, profile.psam)))
        return
    if not any(stack.label in profile.sections for stack in stacks if stack.root is None):
        return
    order, maker = birth_order(profile, stacks), Maker()
    perform(card, birth(order, maker))
    if profile.ssse is not None:
        perform(card, personalise_social(social_order(profile, profile.ssse, services), maker))
    if profile.pse is not None:
        perform(card, personalise_bank(bank_order(profile, profile.pse)))
    if profile.pki is not None:
        perform(card, personalise_pki(pki_order(profile, profile.pki)))
    if profile.close:
        perform(card, close(order, maker))


def cos_options(profile: Profile, stacks: Stacks = STACKS) -> CosOptions:
    """What the COS maker has decided for the card of ``profile``."""
    return CosOptions.of(
        *profile.options, transmission=profile.chip.transmission, under=profile.under(stacks), stacks=stacks
    )


def blank_card(profile: Profile, rng: Rng, trace: TraceBuffer | None = None, stacks: Stacks = STACKS) -> Card:
    """The blank chip that personalisation makes the card of ``profile`` from."""
    return Card.blank(profile.transport_key, cos_options(profile, stacks), rng=rng, trace=trace, stacks=stacks)


def _with_reason(error: StepRefused, profile: Profile, stacks: Stacks) -> StepRefused:
    """``error`` with what a card says of it: the same is asked of a second one while somebody listens."""
    if error.sw is None:
        return error
    events = TraceBuffer()
    try:
        personalise(blank_card(profile, SeededRng(b"refused"), events, stacks), profile, stacks)
    except StepRefused as again:
        reason = last_refusal(events.take(), again.sw)
        if again.sw == error.sw and reason is not None:
            field = blamed_field(profile, str(error), reason)
            return error.because(f"{reason_line(reason)}{f'; see {field}' if field else ''}")
    return error


def made_of(
    blank: SmartCard, profile: Profile, stacks: Stacks, source: str, services: SocialServices | None = None
) -> None:
    """Personalise; what is refused names the field to mend, ``source`` first. Raises as ``personalised_card``."""
    try:
        _made_of(blank, profile, stacks, services)
    except StepRefused as error:
        raise (error.making(source) if source else error) from None
    except ProfileError as error:
        raise ProfileError(f"{source}: {error}" if source else str(error)) from None


def _made_of(made: SmartCard, profile: Profile, stacks: Stacks, services: SocialServices | None) -> None:
    try:
        personalise(made, profile, stacks, services)
    except StepRefused as error:
        raise _with_reason(error, profile, stacks) from None
    except NotInCharset as error:
        raise ProfileError(f'$.ssse.charset: {error}; "gb18030" takes it') from None
    except EncodingError as error:
        raise ProfileError(f"$.ssse: {error}") from None


def card_alike(
    profile: Profile, first: Snapshot, *, rng: Rng, trace: TraceBuffer | None = None, stacks: Stacks = STACKS
) -> Card:
    """As ``personalised_card``, from the first state of a card with the same random numbers whose profile has the same
    ``written`` values: its memory and no other is what the same commands would have written to this one.
    """
    made = blank_card(profile, rng, trace, stacks)
    made.become(first)
    made.provenance = provenance_of(profile)
    if trace is not None:
        trace.take()
    return made


def personalised_card(
    profile: Profile | str | Path,
    seed: int | bytes | str | None = 0,
    *,
    rng: Rng | None = None,
    trace: TraceBuffer | None = None,
    stacks: Stacks = STACKS,
    source: str = "",
    services: SocialServices | None = None,
) -> Card:
    """A card personalised by commands from ``profile`` (value, name or path of a TOML file), powered off.

    Same profile and seed: the same bytes for ever. ``seed`` None: true randomness. ``rng`` takes the place of the
    seed, for laboratories that script random numbers; ``trace`` gets what the card notes from now on; ``services`` are
    for whoever makes many cards. Raises
    ProfileError, and StepRefused with the card's reason and the field it is about; both begin with ``source``, where
    a ``profile`` given as a value was read from.
    """
    if not isinstance(profile, Profile):
        source, profile = str(profile), load(profile, stacks)
    made = blank_card(profile, rng or randomness(seed), trace, stacks)
    made_of(made, profile, stacks, source, services)
    made.power_off()
    made.provenance = provenance_of(profile)
    if trace is not None:
        trace.take()
    return made
