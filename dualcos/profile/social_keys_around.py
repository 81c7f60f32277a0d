"""The published social keys around a card's own (国家、省、市各级密钥): one of them may have been taken for it.

One tier or more up, undiversified; or derived with other factors than this card's: wrongly cut, in another order, with
one left out, another demonstration card's. Made when a key did not fit, for that key alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from cos.ssse.tables.table_model import Directory, KeyKind, KeyRow
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.names_of_places import short_directory
from dualcos.profile.schema import Profile, built_in, load
from dualcos.profile.social_order import root_algorithm, root_name
from dualcos.profile.social_plan import directories
from dualcos.profile.social_profile import SocialProfile
from keys.algorithms import DES, Algorithm, invert
from keys.key_handle import KeyHandle
from keys.social_cryptography import card_factor, city_factor, province_factor

TIER_ABOVE, ANOTHER_FACTOR = "key.tier-above", "key.another-factor"
_TIERS = ("national", "province", "city")
_FACTOR = 8
_ZHEJIANG = "33"
_NUMBER = 0x0F


class Steps(NamedTuple):
    """A way down the tree: its factors from the top, and what is told of it."""

    factors: tuple[bytes, ...]
    told: str


class KeysAround:
    """Of one profile with a social side: what may have been taken for a key of its card."""

    def __init__(self, profile: Profile, social: SocialProfile) -> None:
        self._profile = profile
        self._social = social
        self._directories: tuple[Directory, ...] = ()

    def of(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        """The keys around ``key`` that are of ``relation``, the likeliest first; none around one that was replaced
        since it was made.
        """
        row = self._row(key)
        if row is None:
            return
        social, version = self._social, key.name.version or row.versions[0]
        algorithm = root_algorithm(social, row)
        root = self._profile.social_key(root_name(row.name, version))[: algorithm.key_length]
        f1, f2 = province_factor(social.city), city_factor(social.city)
        f3 = card_factor(self._profile.chip.historical)
        tiers = tuple(_derived(algorithm, root, (f1, f2)[:steps]) for steps in range(3))
        if _derived(algorithm, root, (f1, f2, f3)) != key.value:
            return
        if relation == TIER_ABOVE:
            for tier, value in reversed(tuple(zip(_TIERS, tiers, strict=True))):
                yield _around(key, algorithm, value, relation, tier)
        if relation != ANOTHER_FACTOR:
            return
        for way in _other_ways(social, self._profile.chip.historical):
            value = _derived(algorithm, root, way.factors)
            if value != key.value:
                yield _around(key, algorithm, value, relation, f"{key.name.place}, {way.told}")
        if algorithm is not DES:
            for what, start, factors in (("F3 ‖ F3", tiers[2], (f3,)), ("F ‖ F", root, (f1, f2, f3))):
                value = start
                for factor in factors:
                    value = KeyHandle(algorithm, value).encrypt(factor * 2)
                yield _around(key, algorithm, value, relation, f"{key.name.place}, {what} ≠ F ‖ NOT F")

    def _row(self, key: SeenKey) -> KeyRow | None:
        if not self._directories:
            self._directories = directories(self._social)
        place, name = key.name.place.rpartition("/")[2], key.name
        for directory in self._directories:
            if short_directory(directory.fid) == place:
                rows = (row for row in directory.keys if row.kind not in (KeyKind.MASTER, KeyKind.PIN))
                return next((row for row in rows if (row.kind, row.kid & _NUMBER) == (name.kind, name.number)), None)
        return None


def _around(key: SeenKey, algorithm: Algorithm, value: bytes, relation: str, place: str) -> SeenKey:
    check = KeyHandle(algorithm, value).check_value.hex().upper()
    name = key.name._replace(place=place, check_value=check)
    return SeenKey(name, algorithm, value, relation=relation)


def _derived(algorithm: Algorithm, value: bytes, factors: tuple[bytes, ...]) -> bytes:
    """Down the tree, a step for each factor (SSC-9 §7)."""
    for factor in factors:
        value = KeyHandle(algorithm, value).encrypt(factor if algorithm is DES else factor + invert(factor))
    return value


def _other_ways(social: SocialProfile, historical: bytes) -> Iterator[Steps]:
    """Wrong ways down to a card."""
    city = social.city
    f1, f2, f3 = province_factor(city), city_factor(city), card_factor(historical)
    right = _hexed(f3)
    for start in range(len(historical) - _FACTOR):
        yield Steps((f1, f2, historical[start : start + _FACTOR]), f"F3 = T{start + 1:X}…T{start + _FACTOR:X} ≠ T6…TD")
    yield Steps((f1, f2, b"\x3b\x6d\0\0" + historical[:4]), "F3 = ATR 1…8 ≠ T6…TD")
    for what, wrong in (
        (_hexed(f3[::-1]), f3[::-1]),
        ("F2", f2),
        ("00000000 ‖ TA…TD", historical[9:].rjust(_FACTOR, b"\0")),
        ("TA…TD ‖ 00000000", historical[9:].ljust(_FACTOR, b"\0")),
        ("TA…TD ‖ TA…TD", historical[9:] * 2),
    ):
        yield Steps((f1, f2, wrong), f"F3 = {what} ≠ {right}")
    for what, factors in (
        ("F2, F3", (f2, f3)),
        ("F1, F3", (f1, f3)),
        ("F3", (f3,)),
        ("F2, F1, F3", (f2, f1, f3)),
        ("F1, F3, F2", (f1, f3, f2)),
        ("F3, F2, F1", (f3, f2, f1)),
    ):
        yield Steps(factors, f"{what} ≠ F1, F2, F3")
    literal, cut = f"{city}sx".encode(), f"{city[:4]}00sx".encode()
    for wrong in (literal if city.startswith(_ZHEJIANG) else cut, f"{city}sh".encode()):
        yield Steps((f1, wrong, f3), f"F2 = {wrong.decode()} ≠ {f2.decode()}")
    wrong = f"{city[:2]}0000sx".encode()
    yield Steps((wrong, f2, f3), f"F1 = {wrong.decode()} ≠ {f1.decode()}")
    for other in _demonstration_cards():
        if other != (city, historical):
            yield Steps(_factors(*other), f"F3 = {_hexed(card_factor(other[1]))} ≠ {right}")
    for step in (-1, 1):
        serial = (int.from_bytes(historical[9:], "big") + step) % (1 << 32)
        neighbour = historical[5:9] + serial.to_bytes(4, "big")
        yield Steps((f1, f2, neighbour), f"F3 = {_hexed(neighbour)} ≠ {right}")


def _hexed(factor: bytes) -> str:
    return factor.hex().upper()


def _factors(city: str, historical: bytes) -> tuple[bytes, ...]:
    return province_factor(city), city_factor(city), card_factor(historical)


@cache
def _demonstration_cards() -> tuple[tuple[str, bytes], ...]:
    """City and historical bytes of every social card that comes with the package."""
    found = ((each.ssse.city, each.chip.historical) for each in _built_in_with("ssse") if each.ssse is not None)
    return tuple(dict.fromkeys(found))


@cache
def psam_terminals() -> tuple[bytes, ...]:
    """Terminal numbers of the PSAMs that come with the package, 6 bytes each."""
    found = (bytes.fromhex(each.psam.terminal) for each in _built_in_with("psam") if each.psam is not None)
    return tuple(dict.fromkeys(found))


def _built_in_with(section: str) -> Iterator[Profile]:
    """The package's profiles that have this section."""
    start = f"[{section}]".encode()
    paths = (path for path in built_in() if path.suffix == ".toml" and start in path.read_bytes())
    return (load(path) for path in sorted(paths))
