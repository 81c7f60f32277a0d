"""Which keys for user cards a profile puts into which environment of its PSAM, each with its tier (SSC-9 §6, App. B).

There is one way: every key is planned from a row of the profile's ``psam.keys``. What no row names is planned from an
empty row for each key that the tables give a PSAM, so ``psam.tier`` alone makes a PSAM of one tier. The profile's
checks plan too, and so nothing is planned that could not be made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from cos.kernel.directory_headers import MF_FID
from cos.psam.security.delivered_key_states import KeyType, Usage
from cos.psam.stack import STACK
from cos.ssse.tables import file_structure, regional_files
from cos.ssse.tables.table_model import KeyKind, KeyRow, SocialAlgorithm, Version
from dualcos.dialogue.psam import PsamFile, key_file
from dualcos.profile.field_faults import nearest, quoted
from dualcos.profile.psam_profile import PsamAuthority, PsamKeyProfile, PsamProfile
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.key_handle import KeyHandle

TIERS = ("root", "province", "city")
"""Whose key it is, by the steps that were made from the national root."""
AUTHORITY_KEYS = tuple(f"KID-{number:02d} {authority}" for number, authority in enumerate(TIERS, 1))
"""The authorities' keys by name, in the order of their numbers."""
_ALL_STEPS = 3
_MOST_KEYS = 254  # of one key file (SSC-9 §5)
_SHORT = 8
_ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType({each.name: each for each in (DES, TDES, SM4)})
_UNHELD = (KeyKind.MASTER, KeyKind.PIN)


class Born(NamedTuple):
    """One environment of a PSAM: its cipher (``3DES`` or ``SM4``), identifier and name."""

    cipher: str
    fid: int
    name: bytes

    @property
    def short(self) -> str:
        """``sx1`` to ``sx3``: how the test keys of its application are named."""
        return self.name[:3].decode()

    @property
    def algorithm(self) -> Algorithm:
        """Of its master keys and authorities' keys."""
        return _ALGORITHMS[self.cipher]


def environments(psam: PsamProfile) -> tuple[Born, ...]:
    """The environments that the profile has, the MF's first."""
    ciphers = zip(STACK.places, (psam.mf, psam.sx2, psam.sx3), strict=True)
    return tuple(Born(cipher, place.fid, place.name) for place, cipher in ciphers if cipher)


def own_key_names(psam: PsamProfile) -> tuple[str, ...]:
    """What the test keys of the PSAM itself are called: masters of its environments and applications, authorities."""
    shorts = [born.short for born in environments(psam)]
    homes = [home_key(born) for born in environments(psam)]
    return (*homes, *(application_key(short) for short in shorts), *AUTHORITY_KEYS)


def home_key(born: Born) -> str:
    """The master key of an environment by name."""
    return "MF master" if born.fid == MF_FID else f"{born.short} master"


def application_key(short: str) -> str:
    """The master key of its application by name."""
    return f"{short} application master"


class Announced(NamedTuple):
    """What an authority's information file says (SSC-9 §5.5 to §5.7)."""

    purchase_index: int
    group: int
    valid_from: str
    valid_to: str

    @property
    def content(self) -> bytes:
        """The ten bytes."""
        return bytes((self.purchase_index, self.group)) + bytes.fromhex(self.valid_from + self.valid_to)


def announced(psam: PsamProfile) -> tuple[Announced, ...]:
    """Of 001A, 001B and 001C: what the profile says of the authority, else of all of them."""

    def own(authority: PsamAuthority) -> Announced:
        return Announced(
            authority.purchase_index or psam.purchase_index,
            authority.group or psam.group,
            authority.valid_from or psam.valid_from,
            authority.valid_to or psam.valid_to,
        )

    return tuple(own(each) for each in (psam.national, psam.provincial, psam.municipal))


class PlannedPsamKey(NamedTuple):
    """A key as a PSAM is to hold it.

    ``row`` and ``version``: what key of a user card it is the parent of, None and 0 for one that no table has.
    ``given``: the value, where the profile says it; else it comes from the national test root. ``said``: the number of
    the profile's row, None for one that comes from the tables.
    """

    row: KeyRow | None
    version: int
    file: int
    usage: int
    identifier: int
    algorithm: Algorithm
    given: KeyHandle | None
    said: int | None

    @property
    def tier(self) -> int:
        """How many steps down from the national root it is; 3: a key that serves one card."""
        return _ALL_STEPS - Usage.of(self.usage).steps

    @property
    def name(self) -> str:
        """As people call it: the table's name, or usage and identifier."""
        return f"{self.usage:02X}/{self.identifier:02X}" if self.row is None else self.row.name


class PsamKeyFault(ValueError):
    """A row of ``psam.keys`` that no PSAM can be made of; the message begins with the path of the field."""


def planned(psam: PsamProfile, born: Born) -> Iterator[PlannedPsamKey]:
    """Every key of one environment, those of the tables first, in their order. Raises PsamKeyFault."""
    told = [(at, said) for at, said in enumerate(psam.keys) if not said.environments or born.short in said.environments]
    named = {known.name for _, said in told if (known := by_name().get(said.key)) is not None}
    index = announced(psam)[0].purchase_index
    for row in _national() if psam.tier != "none" else ():
        if row.psam and row.name not in named and (row.kind is not KeyKind.PURCHASE or row.kid == index):
            yield from _keys(psam, born, row, _Said(PsamKeyProfile(key=row.name), None))
    for at, said in told:
        yield from _keys(psam, born, _row(said, at), _Said(said, at))


def psam_key_faults(psam: PsamProfile) -> Iterator[str]:
    """What is wrong with the keys, a line for each environment that cannot be made, or for a row with none."""
    here, own = environments(psam), own_key_names(psam)
    for name in psam.own_keys:
        if name not in own:
            yield f"$.psam.own_keys.{quoted(name)}: the PSAM has no such key; it has {', '.join(own)}"
    shorts = [born.short for born in here]
    for at, said in enumerate(psam.keys):
        absent = [each for each in said.environments if each not in shorts]
        if absent:
            yield f"$.psam.keys[{at}].environments: the PSAM has no {absent[0]}; it has {' and '.join(shorts) or 'no'}"
    if psam.keys and not here:
        yield '$.psam.keys: a blank chip holds no keys; say `mf = "3DES"` or `mf = "SM4"`'
    for born in here:
        try:
            yield from _clashes(born, tuple(planned(psam, born)))
        except PsamKeyFault as fault:
            yield str(fault)


def _clashes(born: Born, keys: tuple[PlannedPsamKey, ...]) -> Iterator[str]:
    """Two keys under one name: P1 and P2 of DELIVERY SESSION KEY with one cipher, in any file."""
    known: dict[tuple[int, int, Algorithm], PlannedPsamKey] = {}
    for key in keys:
        first = known.setdefault((key.usage, key.identifier, key.algorithm), key)
        if first is not key:
            whose = "the tables" if first.said is None else f"$.psam.keys[{first.said}]"
            twice = key.row is not None and key.row == first.row
            mend = "take one of the two out" if twice else f"give {key.name} another identifier"
            yield (
                f"$.psam.keys[{key.said}]: usage {key.usage:02X} identifier {key.identifier:02X} of {born.short} is "
                f"{first.name} already, by {whose}; {mend}"
            )
    for file, count in Counter(key.file for key in keys).items():
        if count > _MOST_KEYS:
            yield f"$.psam.keys: {count} keys for file {file:04X} of {born.short}; it holds {_MOST_KEYS}"


# --- one row ----------------------------------------------------------------------------------------------------------


class _Said(NamedTuple):
    """A row of the profile and its number."""

    row: PsamKeyProfile
    at: int | None

    def wrong(self, field: str, why: str) -> PsamKeyFault:
        return PsamKeyFault(f"$.psam.keys[{self.at}]{field and '.'}{field}: {why}")


@cache
def _national() -> tuple[KeyRow, ...]:
    return tuple(row for directory in file_structure.structure(Version.V3) for row in directory.keys)


@cache
def by_name() -> Mapping[str, KeyRow]:
    """Every key of the user card's tables that a row may name, regional ones and older names too."""
    rows = (*_national(), *(row for each in regional_files.EXTENSIONS for row in each.keys))
    held = [row for row in rows if row.kind not in _UNHELD]
    return MappingProxyType({name: row for row in held for name in (*row.aliases, row.name)})


def _row(said: PsamKeyProfile, at: int) -> KeyRow | None:
    if not said.key:
        return None
    row = by_name().get(said.key)
    if row is None:
        near = nearest(said.key, by_name())
        why = f'no key of the social side that a PSAM may hold is called "{said.key}"'
        raise _Said(said, at).wrong("key", f"{why}; {near or 'without a name it needs usage, identifier and value'}")
    return row


def _keys(psam: PsamProfile, born: Born, row: KeyRow | None, said: _Said) -> Iterator[PlannedPsamKey]:
    """One key for each place and version that the row comes to."""
    told = said.row
    if row is None:
        for field in ("usage", "identifier", "value"):
            if getattr(told, field) is None:
                raise said.wrong(field, "missing; a key outside the tables needs usage, identifier and value")
    algorithm = _algorithm(born, row, said)
    given = None
    if told.value is not None:
        value = bytes.fromhex(told.value)
        if len(value) != algorithm.key_length:
            raise said.wrong("value", f"a key of {algorithm.name} has {2 * algorithm.key_length} hex digits")
        given = KeyHandle(algorithm, value)
    for usage, identifier in _places(psam, row, said):
        if Usage.of(usage).steps == 0 and given is None:
            raise said.wrong("value", f"missing; usage {usage:02X} leaves no step: it is the key of one card")
        for version in _versions(psam, row, said, identifier):
            named = version if identifier is None else identifier
            file = key_file(named) if told.file is None else int(told.file, 16)
            yield PlannedPsamKey(row, version, file, usage, named, algorithm, given, said.at)


def _algorithm(born: Born, row: KeyRow | None, said: _Said) -> Algorithm:
    """A maintenance key of the DES family has 8 bytes (SSC-9 table B1, note ***)."""
    told = said.row
    if told.algorithm is not None:
        return _ALGORITHMS[told.algorithm]
    if told.value is not None:
        short = len(told.value) == 2 * _SHORT
    else:
        short = row is not None and row.length(SocialAlgorithm.DES) == _SHORT
    return DES if short and born.algorithm is TDES else born.algorithm


def _places(psam: PsamProfile, row: KeyRow | None, said: _Said) -> tuple[tuple[int, int | None], ...]:
    """Usage and identifier; None: a purchase key's identifier is its version (SSC-9 table B1, note *)."""
    told = said.row
    listed = row.psam if row is not None else ()
    own = None if told.identifier is None else int(told.identifier, 16)
    versioned = row is not None and row.kind is KeyKind.PURCHASE and own is None
    if told.usage is None:
        if not listed:
            raise said.wrong("usage", f"missing; no table gives a PSAM {told.key}")
        used = [(_at_tier(psam, told, usage), identifier) for usage, identifier in listed]
    else:
        if own is None and not listed:
            raise said.wrong("identifier", f"missing; no table gives a PSAM {told.key}")
        used = [(_own_usage(said, int(told.usage, 16)), listed[0][1] if listed else 0)]
    return tuple((usage, None if versioned else identifier if own is None else own) for usage, identifier in used)


def _at_tier(psam: PsamProfile, told: PsamKeyProfile, usage: int) -> int:
    """The listed type with the steps of the row's tier, else the PSAM's, else those listed."""
    tier = told.tier or psam.tier
    return (_ALL_STEPS - TIERS.index(tier)) << 5 | usage & 0x1F if tier in TIERS else usage


def _steps(count: int) -> str:
    return f"{count} step" if count == 1 else f"{count} steps"


def _own_usage(said: _Said, usage: int) -> int:
    steps, kind = Usage.of(usage)
    if kind not in tuple(KeyType):
        kinds = ", ".join(f"{each:02X}" for each in KeyType)
        raise said.wrong("usage", f"{usage:02X} is of type {kind:02X}; types are {kinds}")
    if steps > _ALL_STEPS:
        raise said.wrong("usage", f"{usage:02X} leaves {steps} steps; the tree has {_ALL_STEPS}")
    tier = said.row.tier
    if tier is not None and steps != _ALL_STEPS - TIERS.index(tier):
        wanted = _ALL_STEPS - TIERS.index(tier)
        whose = f"of tier {TIERS[_ALL_STEPS - steps]}" if steps else "of one card"
        fitting = f"with tier {tier} it is usage {wanted << 5 | kind:02X}"
        raise said.wrong("tier", f"usage {usage:02X} is {whose}, {_steps(steps)} from the card; {fitting}")
    return usage


def _versions(psam: PsamProfile, row: KeyRow | None, said: _Said, identifier: int | None) -> tuple[int, ...]:
    """The group that the row says, else all of a purchase key, else the one that the authority announces."""
    group = said.row.group
    if row is None:
        if group is not None:
            raise said.wrong("group", "a key outside the tables belongs to no group")
        return (0,)
    if group is not None:
        if group not in row.versions:
            raise said.wrong("group", f"{row.name} has one group; leave it out")
        return (group,)
    if row.kind is KeyKind.PURCHASE:
        return row.versions
    file = key_file(identifier or 0) if said.row.file is None else PsamFile(int(said.row.file, 16))
    own = announced(psam)[file - PsamFile.NATIONAL_KEYS].group
    return (own if own in row.versions else row.versions[0],)
