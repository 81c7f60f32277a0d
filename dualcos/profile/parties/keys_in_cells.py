"""A card of a batch of invented people: its keys are in nobody's profile, only in the card and the parties' key stores.

Shown is what lies in the card and is still what it was made with; masters and roots are in the stores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables.table_model import KeyKind
from dualcos.explain.card_contents import Dump
from dualcos.explain.keys_made_with import TEMPLATE, hash_of, made_with
from dualcos.explain.memory_cells import cell_name, kinds_of
from dualcos.explain.names_of_places import short_directory
from dualcos.profile.parties.bank_side import rsa_authority
from dualcos.profile.parties.party_facts import (
    Fact,
    NothingForParty,
    Party,
    PartyFacts,
    ShownKey,
    ShownPin,
    SocialTreeKey,
    TierValue,
    hexed,
)
from dualcos.profile.published_test_keys import rsa_test_keys
from dualcos.profile.schema import Profile, load
from dualcos.profile.social_plan import directories
from firewall.cellkind import kind_of
from keys.algorithms import DES, BadKey, bank_algorithm, social_algorithm
from keys.card_key_store import KeyHeader
from keys.custody.ownership import KeyOwner
from keys.key_handle import KeyHandle

_BANK_KEYS: Mapping[int, str] = MappingProxyType({0x21: "UDK-AC", 0x22: "UDK-MAC", 0x23: "UDK-ENC"})
_TRANSPORT = 0xF0


class _Held(NamedTuple):
    """A key or PIN as the card keeps it; ``directory`` 3F00 where the region has one only."""

    region: str
    directory: int
    header: KeyHeader
    value: bytes

    @property
    def handle(self) -> KeyHandle:
        number = self.header.algorithm
        try:
            algorithm = social_algorithm(number)
        except BadKey:
            algorithm = bank_algorithm(number)
        return KeyHandle(DES if len(self.value) == DES.key_length else algorithm, self.value)

    @property
    def owner(self) -> KeyOwner:
        """Whose master key it is (``keys.custody.ownership``)."""
        if self.region == "pse":
            return KeyOwner.BANK
        return KeyOwner.SOCIAL if self.region == "ssse" else KeyOwner.MAKER

    @property
    def place(self) -> str:
        home, where = self.region.upper(), short_directory(self.directory)
        return f"{where if where in (home, 'MF') else f'{home} {where}'} KID {self.header.kid:02X}"


def facts_in_cells(dump: Dump, provenance: Mapping[str, str], party: Party, card: str) -> PartyFacts:
    """What ``party`` needs of it. Raises NothingForParty, ProfileError."""
    template = load(provenance.get(TEMPLATE, ""))
    held = list(_held(dump, provenance))
    authorities = (rsa_authority(rsa_test_keys(template.pse.rsa)),) if template.pse and template.pse.rsa else ()
    facts = PartyFacts(
        card=card,
        title=f"a card of a synthetic batch 虚构持卡人的卡: {template.title} {template.title_zh}",
        party=party.label,
        facts=(Fact("template", provenance.get(TEMPLATE, "")),),
        pins=tuple(_pins(held, party)),
        authorities=authorities if party is Party.TERMINAL and "pse" in dump else (),
        keys=tuple(_keys(held, party)),
        tree=tuple(_social_keys(held, template)) if party is Party.PSAM else (),
        changed=tuple(_changed(dump, provenance)),
    )
    if not (facts.pins or facts.authorities or facts.keys or facts.tree):
        raise NothingForParty(f"{card} has nothing for the {party.value} ({party.work})")
    return facts


def _held(dump: Dump, provenance: Mapping[str, str]) -> Iterator[_Held]:
    """Keys and PINs that are what the card was made with."""
    known = made_with(provenance)
    for region, cells in dump.items():
        for cell, value in cells.items():
            kind = kind_of(kinds_of(region), cell)
            if kind is not None and kind.secret and kind.head and known.get((region, cell)) == hash_of(value):
                directory = int.from_bytes(kind.split(cell).get("directory", b"\x3f\x00"), "big")
                yield _Held(region, directory, KeyHeader.decode(value), kind.hidden(value))


def _changed(dump: Dump, provenance: Mapping[str, str]) -> Iterator[str]:
    for (region, cell), digest in made_with(provenance).items():
        now = dump.get(region, {}).get(cell)
        if now is None or hash_of(now) != digest:
            yield f"{region}: {cell_name(region, cell)}: {'gone' if now is None else 'another one now'}"


def _pins(held: list[_Held], party: Party) -> Iterator[ShownPin]:
    """A terminal's all, the issuer's own. Social: two digits a byte, F behind an odd last one; bank: a PIN block."""
    for each in held:
        bank = each.region == "pse"
        asked = party is Party.TERMINAL or (party is Party.ISSUER and bank)
        if asked and each.header.kind == KeyKind.PIN and each.value:
            text = each.value.hex()
            digits = text[2 : 2 + int(text[1], 16)] if bank else text.rstrip("f")
            command = f"002000{'80' if bank else '00'}{len(each.value):02X}{hexed(each.value)}"
            yield ShownPin(f"PIN of {each.place}", digits, command, each.header.counter >> 4)


def _keys(held: list[_Held], party: Party) -> Iterator[ShownKey]:
    for each in held:
        kind = each.header.kind
        if party is Party.MAKER and kind in (KeyKind.MASTER, _TRANSPORT):
            name = "transport" if kind == _TRANSPORT else f"{each.region} master"
            yield _shown(each, name, "as it lies in the card", each.owner)
        elif party is Party.ISSUER and each.region == "pse" and kind in _BANK_KEYS:
            yield _shown(each, _BANK_KEYS[kind], "its master is in the bank's key store", KeyOwner.BANK)


def _shown(each: _Held, name: str, purpose: str, owner: KeyOwner) -> ShownKey:
    key = each.handle
    return ShownKey(
        name, purpose, owner.value, key.algorithm.name, hexed(each.value), hexed(key.check_value), place=each.place
    )


def _social_keys(held: list[_Held], template: Profile) -> Iterator[SocialTreeKey]:
    """The card's own keys; their roots are in the bureau's key store."""
    rows = {
        (row.directory, row.kind, row.kid & 0x7F): row
        for directory in (directories(template.ssse) if template.ssse is not None else ())
        for row in directory.keys
    }
    for each in held:
        header = each.header
        row = rows.get((each.directory, KeyKind(header.kind), header.kid & 0x7F)) if each.region == "ssse" else None
        if row is not None and row.kind not in (KeyKind.MASTER, KeyKind.PIN):
            key = each.handle
            tiers = (TierValue("card", hexed(each.value), hexed(key.check_value)),)
            at = short_directory(each.directory), f"{row.kid:02X}", header.version
            yield SocialTreeKey(row.name, row.purpose_zh, *at, key.algorithm.name, tiers, ())
