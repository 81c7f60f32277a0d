"""The same card with the same bytes in all its keys, and in all its PINs.

What separates keys separates them by name. On a card whose keys all differ nobody can tell whether a right, a counter
or a MAC goes by the name of a key or by its value; on this one a value tells nothing. Every key of every environment
has the bytes of the social side's (of a PSAM: of the keys it holds), whatever the cipher; keys of 8 bytes have those of
each other. Equal only to each other, as no profile can say more: the keys that PKI's PINs stand for, those of the
bank's second set of algorithms, and of a PSAM with several tiers those of one tier. No PIN has the bytes of a key: it
is shorter.
"""

from __future__ import annotations

from msgspec import Struct, structs

from dualcos.profile.bank_profile import BankKeys, BankProfile, BankSmKeys
from dualcos.profile.psam_order import all_derived, psam_order
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.schema import KeysProfile, PkiProfile, Profile
from dualcos.profile.social_order import key_service, social_card
from dualcos.profile.social_profile import SocialProfile
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

_ROOT = bytes.fromhex("6B1E0F7C5A3D92C84D17E6B0A9F35821")  # an invented test key, in the place of every root
_TRANSPORT = KeyHandle(TDES, bytes.fromhex("13579BDF02468ACEFDB97531ECA86420"))
_ROOTS = "social "
SUFFIX = "+equal-keys"
"""What the name of a profile ends in to mean this card of it."""


class EqualKeys(KeysProfile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value for every key that a card holds, one for every root that such keys come from."""

    root: str = _ROOT.hex()
    value: str = _ROOT.hex()

    def derive(self, name: str) -> bytes:
        """The root if ``name`` is one's, else the value."""
        return bytes.fromhex(self.root if name.startswith(_ROOTS) else self.value)


def equal_keys(profile: Profile) -> Profile:
    """The card of ``profile`` with equal keys, and with the same digits in every PIN of the same length."""
    plain = structs.replace(_without_given_keys(profile), keys=EqualKeys(label=profile.keys.label))
    value = _value_held(plain).hex()
    equal = structs.replace(plain, keys=EqualKeys(label=profile.keys.label, value=value))
    if equal.ssse is not None:
        equal = equal.having("ssse", structs.replace(equal.ssse, master=value))
    return equal


def counterpart(profile: Profile) -> Profile:
    """The same card with equal keys; of one that has them already, with keys that differ."""
    if not isinstance(profile.keys, EqualKeys):
        return equal_keys(profile)
    plain = structs.replace(profile, keys=KeysProfile(label=profile.keys.label))
    return plain.having("ssse", structs.replace(plain.ssse, master=None)) if plain.ssse is not None else plain


def _without_given_keys(profile: Profile) -> Profile:
    """What the profile gives is left out: every key comes from ``derive``."""
    found = profile
    for label, section in profile.sections.items():
        found = found.having(label, _derived(section))
    return found


def _derived(section: Struct) -> Struct:
    if isinstance(section, BankProfile):
        sm = section.sm and structs.replace(section.sm, keys=BankSmKeys())
        return structs.replace(section, keys=BankKeys(ready=True), sm=sm, pin=_pin(section.pin))
    if isinstance(section, PkiProfile):
        pins = {"user_pin": _pin(section.user_pin), "manager_pin": _pin(section.user_pin)}
        return structs.replace(section, master=None, application_master=None, **pins)
    if isinstance(section, SocialProfile):
        return structs.replace(section, master=None, roots={}, pin=_pin(section.pin))
    return all_derived(section) if isinstance(section, PsamProfile) else section


def _pin(pin: str) -> str:
    """The same digits wherever a PIN has as many."""
    return "19283746501928"[: len(pin)]


def _value_held(profile: Profile) -> bytes:
    """What comes of the root on this card: the bytes of the keys that go down the tree. The root itself where none."""
    if profile.ssse is not None:
        cipher, service = SM4 if profile.ssse.algorithm == "SM4" else TDES, key_service(profile, profile.ssse)
        card = social_card(profile, profile.ssse)
        held = [service.card_key(name, card, version) for name, version in service.names]
    elif profile.psam is not None:
        made = psam_order(profile, profile.psam).environments
        cipher = made[0].keys.master.algorithm
        held = [entry.key for entry in made[0].keys.held]
    else:
        return _ROOT
    key = next((each for each in held if each.algorithm is cipher), None)
    return _ROOT if key is None else _TRANSPORT.decrypt(_TRANSPORT.wrap(key))
