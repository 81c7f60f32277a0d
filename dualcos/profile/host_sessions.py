"""The other end of a profile's card: sessions of its two applications, with the test keys that the profile has."""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.social import SocialKeys, SocialSession, pin_field
from dualcos.profile.bank_order import card_keys
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import key_service, social_card
from dualcos.profile.social_plan import directories
from dualcos.profile.social_profile import SocialProfile


def social_session(profile: Profile, social: SocialProfile) -> SocialSession:
    """Terminal, holder and issuer of the social side."""
    keys = SocialKeys(key_service(profile, social), social_card(profile, social), pin_field(social.pin))
    return SocialSession(keys, directories(social))


def bank_session(profile: Profile, bank: BankProfile, terminal: Mapping[int, bytes]) -> BankSession:
    """Terminal and issuer of the payment application; ``terminal``: what the terminal knows, by tag."""
    return BankSession(bytes.fromhex(bank.aid), terminal, card_keys(profile))
