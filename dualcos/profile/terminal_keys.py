"""The public keys of the authorities that come with the package, as a terminal takes them. All are test keys, and no
payment system knows their indexes: a terminal that has them pays with cards of the package and with no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from dualcos.messages.terminal_parameters import AuthorityKey, AuthorityKeyName
from dualcos.profile.parties.bank_side import rsa_public
from dualcos.profile.published_test_keys import RsaTestKeys, Sm2TestKeys, rsa_test_keys, sm2_test_keys

_RSA, _SM2 = "test-rsa", "test-sm2"
_NEVER = "20991231"


@cache
def test_authority_keys() -> Mapping[AuthorityKeyName, AuthorityKey]:
    """Every authority's key that the package's profiles need, by its name. Raises ProfileError where one is damaged."""
    keys = (_of_rsa(rsa_test_keys(_RSA)), _of_sm2(sm2_test_keys(_SM2)))
    return MappingProxyType({key.name: key for key in keys})


def _of_rsa(keys: RsaTestKeys) -> AuthorityKey:
    public = rsa_public(keys.ca)
    return AuthorityKey(_name(keys), public.modulus, public.exponent, _NEVER)


def _of_sm2(keys: Sm2TestKeys) -> AuthorityKey:
    return AuthorityKey(_name(keys), bytes.fromhex(keys.ca.public), b"", _NEVER)


def _name(keys: RsaTestKeys | Sm2TestKeys) -> AuthorityKeyName:
    return AuthorityKeyName(bytes.fromhex(keys.rid), int(keys.index, 16))
