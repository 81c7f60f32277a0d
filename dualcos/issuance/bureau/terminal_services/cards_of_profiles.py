"""Cards of profiles in the desk's register, with their invented holders and test keys: for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from cos.ssse.tables.table_model import FileForm
from dualcos.issuance.bureau.terminal_services.registered_cards import DuePremium, RegisteredCard
from dualcos.messages.social_services import ReadCard
from dualcos.profile import demonstration_holder
from dualcos.profile.invented_holder import Filled
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import SocialServices, holder
from dualcos.profile.social_plan import directories, version_of
from dualcos.profile.social_profile import SocialProfile
from keys.custody.social_key_service import SocialKeyService

DUE = (
    DuePremium(scheme="390", period="2026", amount=40_000),
    DuePremium(scheme="110", period="202601", amount=96_320),
)
"""Of every holder: a resident's medical insurance for a year, a flexible worker's pension for a month."""
_ALGORITHMS = {"3DES": "01", "SM4": "03"}


class ProfileCards(NamedTuple):
    """``cards``: the register; ``keys``: of each card, and of others of a region by the algorithm alone."""

    cards: dict[str, RegisteredCard]
    services: dict[str, SocialKeyService]

    def keys(self, card: ReadCard) -> SocialKeyService | None:
        """The key service for a card; of a card that is in no profile, that of the first with its algorithm."""
        return self.services.get(card.identification) or self.services.get(card.algorithm)


def cards_of_profiles(profiles: Iterable[Profile], opening: int = 0) -> ProfileCards:
    """Their cards, each holder with ``opening`` fen; profiles without a social side are left out."""
    found, services = ProfileCards({}, {}), SocialServices()
    for profile in profiles:
        if profile.ssse is None:
            continue
        service = services.of(profile, profile.ssse)
        card = _registered(profile, profile.ssse, service, opening)
        found.cards[card.identification] = card
        found.services[card.identification] = service
        found.services.setdefault(_ALGORITHMS[profile.ssse.algorithm], service)
    return found


def _registered(profile: Profile, social: SocialProfile, service: SocialKeyService, opening: int) -> RegisteredCard:
    person = holder(profile, social, service)
    return RegisteredCard(
        identification=person.identification.hex().upper(),
        number=person.card_number,
        social_number=person.number,
        insured_at=person.region,
        opening=opening,
        updates=_updates(social, person),
        premiums=DUE,
    )


def _updates(social: SocialProfile, person: demonstration_holder.InventedHolder) -> dict[str, dict[str, str]]:
    """Every tagged item of every application, at its full width: an update that a reader can see on the card."""
    full = replace(person, filled=Filled.FULL)
    found: dict[str, dict[str, str]] = {}
    for directory in directories(social)[1:]:
        for file in directory.files:
            if file.structure is FileForm.CYCLIC or not file.items:
                continue
            records = demonstration_holder.contents(file, full, version_of(social), social.charset)
            values = {f"{record[0]:02X}": record[2:].hex().upper() for record in records}
            found[f"DF{directory.fid & 0xFF:02X}EF{file.fid & 0xFF:02X}"] = values
    return found
