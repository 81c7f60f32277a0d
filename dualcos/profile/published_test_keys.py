"""Test keys that come with the package (测试密钥): invented, marked so. Certificates are computed from them."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from dualcos.profile.schema import Hex, ProfileError, built_in

_Keys = TypeVar("_Keys", bound=Struct)


class RsaTestKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One RSA test key: the primes and the public exponent."""

    exponent: Hex
    p: Hex
    q: Hex


class RsaTestKeys(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invented certification authority with index ``index`` under ``rid``, an issuer and a card."""

    note: str
    rid: Hex
    index: Hex
    ca: RsaTestKey
    issuer: RsaTestKey
    card: RsaTestKey


class Sm2TestKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One SM2 test key: the private value and the point x ‖ y."""

    private: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{64}$")]
    public: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{128}$")]


class Sm2TestKeys(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same with SM2: an invented authority, an issuer and a card."""

    note: str
    rid: Hex
    index: Hex
    ca: Sm2TestKey
    issuer: Sm2TestKey
    card: Sm2TestKey


def rsa_test_keys(name: str) -> RsaTestKeys:
    """The RSA test keys called ``name`` that come with the package. Raises ProfileError."""
    return _test_keys(name, RsaTestKeys, "$.pse.rsa")


def sm2_test_keys(name: str) -> Sm2TestKeys:
    """The SM2 test keys called ``name`` that come with the package. Raises ProfileError."""
    return _test_keys(name, Sm2TestKeys, "$.pse.sm.sm2")


def _test_keys(name: str, kind: type[_Keys], field: str) -> _Keys:
    for known in built_in():
        if known.name == f"{name}.json":
            try:
                return msgspec.json.decode(known.read_bytes(), type=kind)
            except msgspec.ValidationError as error:
                raise ProfileError(f"{field}: {name} are no keys of this kind: {error}") from None
    raise ProfileError(f"{field}: no test keys are called {name}")
