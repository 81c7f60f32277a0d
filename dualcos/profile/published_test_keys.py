"""Test keys that come with the package (测试密钥): invented, marked so. Certificates are computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct, inspect

from dualcos.profile.field_faults import SECRET
from dualcos.profile.field_types import Hex
from dualcos.profile.schema import KeysProfile, Profile, ProfileError, built_in
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import whole

_Keys = TypeVar("_Keys", bound=Struct)

PUBLISHED_LABEL = "demo"
"""The label that the keys of every profile of the package are derived from."""
PUBLISHED_SECRETS = frozenset(
    (
        *("5BA7D9E03D6E29049D40B3E6863B0EC4", "C23E7F1A94D961B57A0BE5318F6DD394", "3D9B16E9B5704FC2E0582C97A74AD30E"),
        *("1234", "123456", "12345678"),
    )
)
"""Keys and PINs that profiles of the package give as they are."""
_DERIVED_AS = ("", "social ", "bank ", "bank SM ", "PKI ")


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

    private: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{64}"))]
    public: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{128}"))]


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
                raise ProfileError(f"{field}: {name} are no keys of this kind: {what_is_wrong(error)}") from None
    raise ProfileError(f"{field}: no test keys are called {name}")


# --- which profiles bring nothing but these -----------------------------------------------------------------------


def are_published(profile: Profile) -> bool:
    """True if every key and PIN of ``profile`` is one that comes with the package: then its cards are test cards.

    It says so by what it says, not by where it lies: a copy under another name is one, a copy with one key of its
    own is none. RSA and SM2 pairs are always of the package.
    """
    if profile.keys.label != PUBLISHED_LABEL:
        return False
    sections = (profile.keys, *profile.sections.values())
    return all(_is_published(name, value) for section in sections for name, value in stated_secrets(section))


def stated_secrets(section: Struct) -> Iterator[tuple[str, str]]:
    """Keys and PINs that a part of a profile gives as they are, by the name of the field; empty ones are none."""
    for path in _secret_fields(type(section)):
        yield from _stated(section, path)


def _stated(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    name, *further = path
    found = getattr(value, name) if value is not None else None
    if further:
        for each in found if isinstance(found, tuple) else (found,):
            yield from _stated(each, tuple(further))
        return
    entries = found if isinstance(found, Mapping) else {name: found}
    yield from ((each, text) for each, text in entries.items() if text)


@cache  # the types of a profile's parts are few, and asking msgspec takes milliseconds
def _secret_fields(part: type[Struct]) -> tuple[tuple[str, ...], ...]:
    """Where keys and PINs stand in a part of a profile: names of fields, from outside in."""
    kind = inspect.type_info(part)
    assert isinstance(kind, inspect.StructType)  # noqa: S101 - what a Struct is
    return tuple(_secrets_in(kind))


def _secrets_in(kind: inspect.StructType) -> Iterator[tuple[str, ...]]:
    for field in kind.fields:
        if _holds_secret(field.type):
            yield (field.name,)
        for each in _types_of(field.type):
            if isinstance(each, inspect.StructType):
                yield from ((field.name, *path) for path in _secrets_in(each))


def _types_of(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The type, those it may be, or that of the entries of a list."""
    if isinstance(kind, inspect.VarTupleType):
        return (kind.item_type,)
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _holds_secret(kind: inspect.Type) -> bool:
    """A key or PIN, one that may be left out, or a table of them."""
    if isinstance(kind, inspect.Metadata):
        return bool((kind.extra or {}).get(SECRET))
    if isinstance(kind, inspect.DictType):
        return _holds_secret(kind.value_type)
    return isinstance(kind, inspect.UnionType) and any(map(_holds_secret, kind.types))


def _is_published(name: str, value: str) -> bool:
    """True for what the package's profiles give, and for a key written out that they derive under this name."""
    keys = KeysProfile(label=PUBLISHED_LABEL)
    names = (name, name.replace("_", " "))
    derived = (keys.derive(prefix + each).hex().upper() for prefix in _DERIVED_AS for each in names)
    return value.upper() in PUBLISHED_SECRETS or value.upper() in derived
