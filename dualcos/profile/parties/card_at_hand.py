"""The same of a card that lies in a file: what it was made with, and what is not so any more.

Shown are the published keys a card was made from, never what its memory holds now: a key that somebody has loaded
since is named, with its check value, and stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from cos.kernel.stack import Stacks
from cos.ssse.tables.table_model import KeyKind
from cos.stacks import STACKS
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.card_contents import Dump, KeySeen, contents
from dualcos.explain.memory_cells import cell_name, kinds_of
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.parties.gathering import not_marked, party_facts
from dualcos.profile.parties.keys_in_cells import facts_in_cells
from dualcos.profile.parties.party_facts import Party, PartyFacts
from dualcos.profile.schema import Profile, ProfileError
from firewall.cellkind import kind_of


def facts_of_card(dump: Dump, provenance: Mapping[str, str], party: Party, card: str) -> PartyFacts:
    """What ``party`` needs of the card with these cells, of which ``provenance`` is said.

    Raises ProfileError if it is not marked as a test card, NothingForParty.
    """
    if provenance.get(KEYS) != TEST:
        raise ProfileError(not_marked(card))
    profile = profile_behind(provenance)
    if profile is None:
        return facts_in_cells(dump, provenance, party, card)
    facts = party_facts(profile, party, card)
    return structs.replace(facts, changed=tuple(changed_keys(profile, dump)))


def changed_keys(profile: Profile, dump: Dump, stacks: Stacks = STACKS) -> Iterator[str]:
    """A line for each key and PIN that the card of ``profile`` was made with and has otherwise now."""
    new = personalised_card(profile, stacks=stacks).dump()
    before, now = dict(_keys(new, stacks)), dict(_keys(dump, stacks))
    for place in sorted(before.keys() | now.keys()):
        was, found = before.get(place), now.get(place)
        if found is None:
            yield f"{place}: gone"
        elif was is None:
            yield f"{place}: new since, {_words(found)}"
        elif _words(found) != _words(was):
            yield f"{place}: another one now, {_words(found)}; it was made with {_words(was)}"
    for region, cell in _pins(new, stacks):
        if new[region].get(cell) != dump.get(region, {}).get(cell):
            yield f"{region}: {cell_name(region, cell, stacks)}: the PIN is another one now"


def _keys(dump: Dump, stacks: Stacks) -> Iterator[tuple[str, KeySeen]]:
    for environment in contents(dump, stacks).environments:
        for directory in environment.directories:
            for key in directory.keys:
                if key.kcv:
                    at = f"{environment.label} {directory.name}: {key.name}, KID {key.kid:02X} version {key.version:X}"
                    yield at, key


def _words(key: KeySeen) -> str:
    return f"{key.algorithm} check value {key.kcv}"


def _pins(dump: Dump, stacks: Stacks) -> Iterator[tuple[str, bytes]]:
    """Cells that hold a PIN: it has no check value to be told by."""
    for region, cells in dump.items():
        for cell, value in cells.items():
            kind = kind_of(kinds_of(region, stacks), cell)
            if kind is not None and kind.secret and kind.head and value[0] == KeyKind.PIN:
                yield region, cell
