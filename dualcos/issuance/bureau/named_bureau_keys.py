"""Which keys the bureau's service asks its store for, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from dualcos.issuance.bureau.social_order_service import SOCIAL_MASTER, wanted_roots
from dualcos.issuance.exchange.named_keys import NAMED_FILE_MACS, NAMED_FIRST_SOCIAL, NamedKey, named
from dualcos.issuance.exchange.shared_keys import FIRST_SOCIAL
from dualcos.profile.schema import load
from keys.custody.ownership import Purpose

# An edition with each set of roots, and each of its ciphers.
_EDITIONS = ("social-1.0", "social-2.0", "social-3.0", "dual-3.0-sm4")
_ALWAYS: Mapping[str, NamedKey] = MappingProxyType(
    {
        SOCIAL_MASTER: named(Purpose.SOCIAL_MASTER, "3DES", "SM4"),
        FIRST_SOCIAL: NAMED_FIRST_SOCIAL,
        **NAMED_FILE_MACS,
    }
)


def named_bureau_key(name: str, version: int) -> NamedKey | None:
    """What a key called so is; None for a name that cards of no edition ask for."""
    ciphers = _roots().get((name, version))
    return NamedKey(Purpose.SOCIAL_ROOT, ciphers) if ciphers else _ALWAYS.get(name)


@cache  # the tables of the editions do not change
def _roots() -> Mapping[tuple[str, int], frozenset[str]]:
    found: dict[tuple[str, int], frozenset[str]] = {}
    for social in filter(None, (load(profile).ssse for profile in _EDITIONS)):
        for name, version, cipher in wanted_roots(social):
            found[name, version] = found.get((name, version), frozenset()) | {cipher.name}
    return found
