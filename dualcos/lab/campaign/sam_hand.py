"""The host's hand with a PSAM (安全存取模块): a card whose keys nobody gives away is judged with what a PSAM computes.

Keys are the PSAM's alone; the card's profile says what is no key (PIN, tries, options), and which keys the card has by
name. Whatever a PSAM does not compute is not applicable, with the key or function that it would have taken; what it
refuses to compute is inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu.link import SmartCard
from apdu.status import SW, meaning
from cos.ssse.tables.table_model import KeyKind, KeyRow
from dualcos.dialogue.driver import apdu, perform, send
from dualcos.dialogue.iso_commands import challenge, select_name
from dualcos.dialogue.social import SSSE
from dualcos.lab.campaign.campaign_in_reader import SampleGoneError
from dualcos.lab.campaign.sample_factors import read_factors
from dualcos.lab.conformance.account_functions import settlement_type, sums
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.command_template import TemplateError
from dualcos.lab.conformance.host_functions import ORIGINAL
from dualcos.lab.conformance.key_uses import KeyUse, key_uses
from dualcos.lab.conformance.profile_data import Datum
from dualcos.lab.conformance.template_functions import SOCIAL_KEYS
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.who_computes import TERMINAL, HandRefused, ToldOfCard
from dualcos.profile.schema import Profile
from dualcos.profile.social_plan import directories
from dualcos.terminal.social.card_factors import CardFactors
from dualcos.terminal.social.sam_keys import SamCalculation, SamKeyPlace, SamKeys
from dualcos.terminal.social.sam_slot import SamSlot
from keys.mac import same
from keys.medical_macs import Purchase
from keys.padding import pad, prefix_length

_NO_PSAM, _NOT_THIS, _OTHER_GROUP, _NO_FUNCTION = (
    "needs a key that no PSAM gives out",
    "needs a key that this PSAM has not",
    "needs another group of a key than this PSAM has",
    "needs a computation that no PSAM does",
)


class SamGoneError(SampleGoneError):
    """The PSAM, or its reader, is not there any more; the card under test may well be."""


class WhyNot(NamedTuple):
    """Why a PSAM does not compute something; ``kind`` in words that all have for the like of it."""

    text: str
    kind: str


class SamHand:
    """``told``: what the card's profile says. ``proof``: how it is known that card and PSAM belong together.
    ``described``: that, and which PSAM it is.
    """

    def __init__(self, told: Profile, keys: SamKeys, proof: str) -> None:
        self.proof = proof
        self.described = f"{keys.described}; {proof}"
        self._told = ToldOfCard(told)
        self._keys = keys
        self._rows = rows_of(told)
        self._known: dict[KeyUse, WhyNot | None] = {}

    def key(self, name: str) -> SamKey:
        """A key of the card by name. Raises TemplateError."""
        found = self._named(name)
        if found is None:
            raise TemplateError(f"the PSAM has no key {name}")
        return SamKey(self._keys, *found)

    def said(self, path: str) -> Datum:
        """A field of the profile, or the number of the PSAM's terminal. Raises TemplateError, HandRefused."""
        return self._keys.terminal().hex() if path == TERMINAL else self._told.said(path)

    def datum(self, path: str) -> bytes:
        """A field of the profile as bytes. Raises TemplateError."""
        return self._told.datum(path)

    def lacks(self, name: str) -> bool:
        """True if ``name`` is a field that the profile leaves empty, or a social key that the card has not."""
        if "." in name:
            return self._told.leaves_empty(name)
        return name.partition(":")[0] in SOCIAL_KEYS and self._named(name) is None

    def demand(self, case: Case) -> None:
        """Raises NotForThisCard if the PSAM cannot compute what ``case`` asks for; HandRefused, SamGoneError if it does
        not say whether it can, or can no more: better before the card is sent anything than between two commands.
        """
        uses = sorted(key_uses(case))
        fresh = [use for use in uses if use not in self._known]
        self._known.update((use, self._why_not(use)) for use in fresh)
        for why in map(self._known.get, uses):
            if why is not None:
                raise NotForThisCard(*why)
        for use in uses:
            key = self.key(use.key)
            for calculation in _calculations(use.function, self._told) if use not in fresh else ():
                self._keys.demand(key.place(calculation), calculation)

    def _named(self, name: str) -> tuple[KeyRow, int] | None:
        """Row and group of a key that the card has; of several groups the first, unless one follows a colon."""
        short, _, said = name.partition(":")
        row = self._rows.get(short)
        if row is None:
            return None
        version = int(said) if said.isdecimal() else row.versions[0]
        return (row, version) if version in row.versions else None

    def _why_not(self, use: KeyUse) -> WhyNot | None:
        found = self._named(use.key)
        if found is None or not found[0].psam:
            return WhyNot(f"needs the key {use.key}, which no PSAM gives out", _NO_PSAM)
        row, version = found
        if use.function not in CALCULATIONS:
            return WhyNot(f"needs {use.function}() with the key {use.key}, which a PSAM does not compute", _NO_FUNCTION)
        for calculation in _calculations(use.function, self._told):
            place = self._keys.place(row, version, calculation)
            if place is None:
                return WhyNot(f"needs the key {use.key}, and this PSAM has none that {calculation.value}", _NOT_THIS)
            why = _other_group(use.key, row, version, place)
            if why is not None:
                return why
        return None


def rows_of(told: Profile) -> Mapping[str, KeyRow]:
    """The keys that the profile's card has on its social side, by name and older name; no key itself."""
    held = [row for directory in (directories(told.ssse) if told.ssse else ()) for row in directory.keys]
    rows = [row for row in held if row.kind not in (KeyKind.MASTER, KeyKind.PIN)]
    return MappingProxyType({name: row for row in rows for name in (*row.aliases, row.name)})


def _other_group(name: str, row: KeyRow, version: int, place: SamKeyPlace) -> WhyNot | None:
    if row.kind is KeyKind.PURCHASE:
        index = place.environment.purchase_index
        text = f"needs the key {name}, and this PSAM settles with key index {index:02X}"
        return WhyNot(text, _NOT_THIS) if index not in (0, row.kid) else None
    first = row.versions[0]
    if place.group == version or (place.group == 0 and version == first):
        return None
    has = f"has group {place.group}" if place.group else "does not say which group it has"
    return WhyNot(f"needs group {version} of the key {name.partition(':')[0]}, and this PSAM {has}", _OTHER_GROUP)


# --- what it computes -------------------------------------------------------------------------------------------------


class SamKey(NamedTuple):
    """A key of the card as the PSAM has it: the group ``version`` of ``row``."""

    keys: SamKeys
    row: KeyRow
    version: int

    def computed(self, function: str, *given: Datum | bytes) -> bytes:
        """As ``ComputingKey``. Raises HandRefused, TemplateError, SamGoneError."""
        if function not in CALCULATIONS:
            raise TemplateError(f"a PSAM does not compute {function}")
        return CALCULATIONS[function].compute(self, *given)

    def place(self, calculation: SamCalculation) -> SamKeyPlace:
        """Where it is. Raises HandRefused, SamGoneError."""
        found = self.keys.place(self.row, self.version, calculation)
        if found is None:
            raise HandRefused(f"the PSAM has no key {self.row.name} that {calculation.value}")
        return found


def _authentication(key: SamKey, factor: bytes, original: bytes) -> bytes:
    return key.keys.authentication(key.place(SamCalculation.ENCIPHER), factor, original)


def _external(key: SamKey, random: bytes, original: bytes = ORIGINAL) -> bytes:
    return _authentication(key, random, original) + original


def _blocks(key: SamKey, random: bytes, blocks: bytes) -> bytes:
    return key.keys.enciphered(key.place(SamCalculation.ENCIPHER), random, blocks)


def _encipher(key: SamKey, random: bytes, plain: bytes) -> bytes:
    return _blocks(key, random, prefix_length(plain, key.keys.block))


def _mac(key: SamKey, random: bytes, header: bytes, data: bytes = b"") -> bytes:
    covered = header + bytes((len(data) + 4,)) + data
    return key.keys.mac(key.place(SamCalculation.MAC), random, pad(covered, key.keys.block))


def _secured(key: SamKey, random: bytes, header: bytes, data: bytes = b"") -> bytes:
    return header + bytes((len(data) + 4,)) + data + _mac(key, random, header, data)


def _update(key: SamKey, said: Datum, random: bytes, header: bytes, data: bytes) -> bytes:
    return _secured(key, random, header, _encipher(key, random, data) if said == _ENCIPHERED else data)


def _settlement(key: SamKey, said: Datum, *data: bytes) -> bytes:
    random, sequence, amounts, time, kind = (*data, settlement_type(said))[:5]
    order = Purchase(*sums(amounts), terminal=b"", terminal_sequence=b"", time=time, kind=kind[0])
    place = key.place(SamCalculation.PURCHASE)
    own, mac1 = key.keys.begin_purchase(place, random, int.from_bytes(sequence, "big"), order)
    return own + time + mac1


def _mac2_refused(key: SamKey, *data: bytes) -> bytes:
    *_, mac2 = data
    return b"" if key.keys.credited(key.place(SamCalculation.PURCHASE), mac2) else mac2


class ServedBySam(NamedTuple):
    """A function of the templates as a PSAM serves it, and what its key must be for."""

    compute: Callable[..., bytes]
    calculation: SamCalculation


_ENCIPHERED = "enciphered"
_UPDATES = "ssse.options.secured_updates"
CALCULATIONS: Mapping[str, ServedBySam] = MappingProxyType(
    {
        "ext_auth": ServedBySam(_external, SamCalculation.ENCIPHER),
        "int_auth": ServedBySam(_authentication, SamCalculation.ENCIPHER),
        "encipher": ServedBySam(_encipher, SamCalculation.ENCIPHER),
        "blocks": ServedBySam(_blocks, SamCalculation.ENCIPHER),
        "mac": ServedBySam(_mac, SamCalculation.MAC),
        "secured": ServedBySam(_secured, SamCalculation.MAC),
        "update": ServedBySam(_update, SamCalculation.MAC),
        "settlement": ServedBySam(_settlement, SamCalculation.PURCHASE),
        "mac2_refused": ServedBySam(_mac2_refused, SamCalculation.PURCHASE),
    }
)
"""What is done with session keys, which is all that a PSAM computes; ``purchase_mac1`` names terminal and sequence, of
which a PSAM has its own."""


def _calculations(function: str, told: ToldOfCard) -> tuple[SamCalculation, ...]:
    first = CALCULATIONS[function].calculation
    enciphers = function == "update" and told.said(_UPDATES) == _ENCIPHERED
    return (first, SamCalculation.ENCIPHER) if enciphers else (first,)


# --- a card and a PSAM ------------------------------------------------------------------------------------------------


def hand_with_sam(card: SmartCard, sam: SmartCard, told: Profile) -> SamHand:
    """The hand for ``card``, whose factors are read from it, with the PSAM in ``sam``; both are powered on.

    The card proves itself to the PSAM by INTERNAL AUTHENTICATION, which costs nothing. Raises HandRefused if they do
    not belong together, or either does not say what it must; SamGoneError, and whatever the card's reader raises.
    """
    factors, rows = read_factors(card), rows_of(told)
    keys = SamKeys(SamSlot(sam, refused=HandRefused, gone=SamGoneError), factors, tuple(rows.values()))
    return SamHand(told, keys, _proof(card, keys, rows.get("IRK"), factors))


def _proof(card: SmartCard, keys: SamKeys, row: KeyRow | None, read: CardFactors) -> str:
    place = keys.place(row, row.versions[0], SamCalculation.ENCIPHER) if row is not None else None
    if place is None:
        return f"not proved: this PSAM has no IRK for a card with blocks of {keys.block} bytes"
    perform(card, select_name(SSSE.name))
    original, factor = perform(card, challenge()), perform(card, challenge())
    group = bytes((place.group,)) if place.group > 1 else b""
    shown = perform(card, send(apdu("00880000", factor + original + group)))
    if shown.sw != SW.OK:
        return f"not proved: the card answered INTERNAL AUTHENTICATION with {shown.sw}: {meaning(shown.sw)}"
    for turned in (False, True) if place.head.steps > 1 else (False,):
        keys.turned = turned
        if same(keys.authentication(place, factor, original), shown.data):
            return "the card proved itself to the PSAM by IRK"
    raise HandRefused(
        f"card (city {read.city}) and PSAM do not belong together: the card's proof by its IRK is not what the PSAM "
        f"computes with {place.head.usage:02X}/{place.head.kid:02X}; nothing was tried that costs the card a try. Take "
        "a PSAM of the card's region with keys of the same kind, test or real"
    )
