"""Card profiles as specimens: the card itself, and the same card with one side's secrets replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from cos.kernel.stack import Stacks
from cos.ssse.tables.table_model import KeyKind
from cos.stacks import STACKS, of_card
from dualcos.lab.properties import bank_macros, manager_macros, pki_macros, plain_stack, psam_macros, social_macros
from dualcos.lab.properties.cards_with_equal_keys import SUFFIX, counterpart, equal_keys
from dualcos.lab.properties.counted_card import CountedCard, Tally
from dualcos.lab.properties.specimen import BASE, COUNTERPART, TWIN, LabBench, Player, Side
from dualcos.lab.properties.traffic_steps import Do
from dualcos.profile.bank_profile import BankKeys, BankSmKeys
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import KeysProfile, Profile, load
from dualcos.profile.social_plan import directories
from dualcos.profile.social_profile import HolderProfile
from firewall.trace import TraceBuffer

CANARY = "canary"
_CANARY_PIN = "864209753186"
_OTHER = "another label"
# Other contents of the same length: holder, limits, issuer's discretionary parts.
_OTHER_ELEMENTS = MappingProxyType(
    {"5F20": "2F20", "9F1F": "31" * 10, "9F54": "000000050000", "9F5C": "000000090000", "9F58": "05", "9F59": "09"}
)
# The other set of RSA test keys. Of SM2 keys the package has one set: they stay as they are.
_OTHER_RSA = MappingProxyType({"test-rsa": "lab-rsa", "lab-rsa": "test-rsa"})


class ProfileSpecimen:
    """A card profile on the bench. Cards are made once per variant and kept. ``made_with``: stacks they may have."""

    def __init__(self, profile: Profile, name: str, seed: int = 0, stacks: Stacks = STACKS) -> None:
        self.profile = profile
        self.name = name
        self.tally = Tally()
        self.seed = seed
        self.made_with = stacks
        self._benches: dict[str, LabBench] = {}

    @property
    def _sides(self) -> dict[str, Side]:
        return sides(self.profile, self.made_with)

    @property
    def labels(self) -> tuple[str, ...]:
        """The sides this card has."""
        return tuple(self._sides)

    @property
    def stacks(self) -> dict[str, str]:
        """The sides, with whose rows each has."""
        return {label: side.stack or label for label, side in self._sides.items()}

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every side against every other, the manager of the issued card included."""
        return tuple((f, e) for f in self.labels for e in self.labels if f != e)

    @property
    def variants(self) -> tuple[str, ...]:
        """Every side has secrets; of those nobody here knows the keys of, none can be replaced."""
        return tuple(label for label, side in self._sides.items() if (side.stack or label) in _SIDES)

    @property
    def solos(self) -> tuple[str, ...]:
        """Variants without one side (F7)."""
        own = tuple(label for label in self.labels if label != manager_macros.LABEL)
        return tuple(f"without {label}" for label in own) if len(own) > 1 else ()

    def bench(self, variant: str = BASE) -> LabBench:
        """See Specimen; also ``canary`` (secrets no chance makes) and ``solos``."""
        found = self._benches.get(variant)
        if found is None:
            found = self._benches[variant] = self._make(variant)
        return found

    def _make(self, variant: str) -> LabBench:
        if variant in (BASE, TWIN):
            return make(self.profile, self.seed, self.tally, self.made_with)
        if variant == COUNTERPART:
            return make(counterpart(self.profile), self.seed, self.tally, self.made_with)
        if variant == CANARY:
            return make(canary(self.profile), self.seed, self.tally, self.made_with)
        if variant in self.solos:
            return make(without(self.profile, variant.removeprefix("without ")), self.seed, self.tally, self.made_with)
        if self.profile.psam is not None:
            return psam_macros.rekeyed(
                make(self.profile, self.seed, self.tally, self.made_with), self.profile, self.profile.psam, variant
            )
        return _rewritten(make(vary(self.profile, variant), self.seed, self.tally, self.made_with), variant)


def make(profile: Profile, seed: int, tally: Tally, stacks: Stacks = STACKS) -> LabBench:
    """A new card of ``profile`` on the bench."""
    trace = TraceBuffer()
    card = CountedCard(personalised_card(profile, seed, trace=trace, stacks=stacks), tally)
    return LabBench(card, trace, card.snapshot(), sides(profile, stacks))


def _rewritten(bench: LabBench, label: str) -> LabBench:
    """The same card with other contents in every file of one side that a terminal may write, by command."""
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    macro = bench.sides[label].macros.get("update")
    for choice in macro.sweep if macro is not None else ():
        player.play(label, (Do("update", choice),))
    return bench._replace(start=bench.card.snapshot())


# The sides of a stack on the card of a profile, by label; any other stack's are plain.
_SIDES: Mapping[str, Callable[[Profile, Any], dict[str, Side]]] = MappingProxyType(
    {
        manager_macros.LABEL: lambda profile, _section: {manager_macros.LABEL: manager_macros.side(profile)},
        social_macros.LABEL: lambda profile, section: {social_macros.LABEL: social_macros.side(profile, section)},
        bank_macros.LABEL: lambda profile, section: {bank_macros.LABEL: bank_macros.side(profile, section)},
        pki_macros.LABEL: lambda profile, section: {pki_macros.LABEL: pki_macros.side(profile, section)},
        psam_macros.LABEL: psam_macros.sides,
    }
)


def sides(profile: Profile, stacks: Stacks = STACKS) -> dict[str, Side]:
    """Every environment of the card that ``profile`` makes; ``test_sides`` compares with the card itself."""
    found: dict[str, Side] = {}
    for stack in of_card(profile.under(stacks), stacks):
        section = profile.sections.get(stack.label)
        if section is not None or stack.root is not None:
            of = _SIDES.get(stack.label)
            found |= of(profile, section) if of is not None else plain_stack.sides(stack)
    return found


def specimen(name_or_path: str, seed: int = 0, stacks: Stacks = STACKS) -> ProfileSpecimen:
    """The specimen of a profile by name or path (``profile_called``). Raises ProfileError."""
    return ProfileSpecimen(profile_called(name_or_path, stacks), str(name_or_path), seed, stacks)


def profile_called(name_or_path: str, stacks: Stacks = STACKS) -> Profile:
    """A profile by name or path; with ``+equal-keys`` behind it its card with equal keys. Raises ProfileError."""
    plain = name_or_path.removesuffix(SUFFIX)
    profile = load(plain, stacks)
    return profile if plain == name_or_path else equal_keys(profile)


def without(profile: Profile, label: str) -> Profile:
    """The same card without one side (F7: the other is not even there)."""
    if profile.psam is not None:
        left = msgspec.structs.replace(profile.psam, **{label.removeprefix("psam-"): ""})
        return profile.having(psam_macros.LABEL, left)
    return profile.having(label, None)


def canary(profile: Profile) -> Profile:
    """The same card with PINs long enough that finding one in an output is no chance (F8). A PSAM has none."""
    replace = msgspec.structs.replace
    social_section = profile.ssse and replace(profile.ssse, pin=_CANARY_PIN)
    bank_section = profile.pse and replace(profile.pse, pin=_CANARY_PIN)
    pki_section = profile.pki and replace(profile.pki, user_pin=_CANARY_PIN, manager_pin=_CANARY_PIN[::-1])
    return _having(profile, social_section, bank_section, pki_section)


def vary(profile: Profile, label: str) -> Profile:
    """The same structure with other keys, PIN, counters and contents on one side; the rest byte for byte the same.

    Not of a PSAM, whose environments share their roots in a profile: there it is done by commands (``psam.rekeyed``).
    """
    replace = msgspec.structs.replace
    other = _other_keys(profile)
    if label == manager_macros.LABEL:
        keys = replace(profile.keys, transport=other.transport_key.hex(), card_master=other.card_master_key.hex())
        return replace(profile, keys=keys)
    if label == social_macros.LABEL and profile.ssse is not None:
        names = (
            row.name if version <= 1 else f"{row.name} group {version}"
            for directory in directories(profile.ssse)
            for row in directory.keys
            if row.kind not in (KeyKind.MASTER, KeyKind.PIN)
            for version in row.versions
        )
        social_section = replace(
            profile.ssse,
            master=other.social_key("master").hex(),
            roots={name: other.social_key(name).hex() for name in names},
            pin=_complement(profile.ssse.pin),
            pin_tries=profile.ssse.pin_tries % 15 + 1,
            holder=HolderProfile(name="测试另一人", birth="19000228", sex="2", ethnic="05", card_body="T0000002"),
        )
        return profile.having(label, social_section)
    if label == bank_macros.LABEL and profile.pse is not None:
        values = {name: other.bank_key(name).hex() for name in ("master", "kmc", "ac", "mac", "enc")}
        bank_keys = replace(profile.pse.keys, **values)
        sm = profile.pse.sm
        section = replace(
            profile.pse,
            keys=bank_keys,
            rsa=_OTHER_RSA.get(profile.pse.rsa, profile.pse.rsa),
            sm=sm
            and replace(
                sm, keys=replace(sm.keys, **{name: other.bank_sm_key(name).hex() for name in ("ac", "mac", "enc")})
            ),
            pin=_complement(profile.pse.pin),
            pin_tries=profile.pse.pin_tries % 15 + 1,
            elements={tag: _OTHER_ELEMENTS.get(tag, value) for tag, value in profile.pse.elements.items()},
        )
        return profile.having(label, section)
    if label == pki_macros.LABEL and profile.pki is not None:
        pki_section = replace(
            profile.pki,
            user_pin=_complement(profile.pki.user_pin),
            manager_pin=_complement(profile.pki.manager_pin),
            pin_tries=profile.pki.pin_tries % 15 + 1,
            master=other.pki_key("master").hex(),
            application_master=other.pki_key("application_master").hex(),
            public_key=profile.pki.public_key[::-1],
        )
        return profile.having(label, pki_section)
    raise ValueError(f"no side {label} to vary")


def _other_keys(profile: Profile) -> Profile:
    """All keys of another label, those included that the profile gives as they are."""
    replace = msgspec.structs.replace
    social_section = profile.ssse and replace(profile.ssse, master=None, roots={})
    bank_section = profile.pse and replace(
        profile.pse,
        keys=BankKeys(ready=profile.pse.keys.ready),
        sm=profile.pse.sm and replace(profile.pse.sm, keys=BankSmKeys()),
    )
    pki_section = profile.pki and replace(profile.pki, master=None, application_master=None)
    return _having(
        replace(profile, keys=KeysProfile(label=profile.keys.label + _OTHER)),
        social_section,
        bank_section,
        pki_section,
    )


def _having(
    profile: Profile, social_section: Struct | None, bank_section: Struct | None, pki_section: Struct | None
) -> Profile:
    """The same card with these sections."""
    changed = profile.having(social_macros.LABEL, social_section).having(bank_macros.LABEL, bank_section)
    return changed.having(pki_macros.LABEL, pki_section)


def _complement(pin: str) -> str:
    """Another PIN of the same length."""
    return "".join(str(9 - int(digit)) for digit in pin)
