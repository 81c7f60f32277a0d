"""Which item of which edition says what an input column says: by the item's declared meaning, never by its address.

2.0 gave tags of 1.0 another meaning (V2.0 appendix C), so one tag is two items. A column names its meaning in the words
of the tables, and the item is looked for under that name in its directory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables.table_model import Directory, Item, Version
from dualcos.issuance.exchange.personalisation_file import Place

_V1, _V2, _V3 = Version.V1, Version.V2, Version.V3
_SSSE, _PUBLIC, _MEDICAL = 0xDDF1, 0xDF01, 0xDF04


class Meaning(NamedTuple):
    """What a column says. ``names``: English names of its item in the tables, one for all editions or an edition's own.

    ``goes_on``: the item that takes what the first has no room for, where an edition has one. ``lacking``: why an
    edition has no such item; a value is then left out, or does its work elsewhere (``elsewhere``).
    """

    column: str
    directory: int
    names: tuple[str, ...]
    goes_on: str = ""
    lacking: Mapping[Version, str] = MappingProxyType({})
    elsewhere: bool = False


class PlacedItem(NamedTuple):
    """An item with its place on the card."""

    place: Place
    item: Item


class ColumnItems(NamedTuple):
    """Where an edition has a column: its item, the one it goes on in; without either ``why``."""

    first: PlacedItem | None
    rest: PlacedItem | None = None
    why: str = ""


class MeaningError(LookupError):
    """The tables have not exactly one item of a meaning, and nothing is declared of that."""


def _since_2(what: str) -> Mapping[Version, str]:
    return MappingProxyType({_V1: f"edition 1.0 has no item for {what}"})


def _only_1(what: str) -> Mapping[Version, str]:
    return MappingProxyType(dict.fromkeys((_V2, _V3), f"only edition 1.0 has an item for {what}"))


def _never(what: str) -> Mapping[Version, str]:
    return MappingProxyType(dict.fromkeys(Version, f"no edition has an item for {what}"))


MEANINGS: tuple[Meaning, ...] = (
    Meaning("card_ident", _SSSE, ("card identification code",)),
    Meaning("card_class", _SSSE, ("card class",)),
    Meaning("spec_version", _SSSE, ("specification version",)),
    Meaning("init_org", _SSSE, ("initialising institution",)),
    Meaning("issue_date", _SSSE, ("issue date",)),
    Meaning("expiry_date", _SSSE, ("expiry date",)),
    Meaning("card_no", _SSSE, ("card number",)),
    # 1.0 calls it the citizen number; it is the same item for everyone who has another one.
    Meaning("ssn", _SSSE, ("social security number", "citizen number")),
    Meaning("name", _SSSE, ("name",), goes_on="name extension"),
    Meaning("sex", _SSSE, ("sex",)),
    Meaning("ethnic", _SSSE, ("ethnic group",)),
    Meaning("birth_place", _SSSE, ("place of birth",)),
    Meaning("birth_date", _SSSE, ("date of birth",)),
    Meaning("reg_type", _PUBLIC, ("registration category",)),
    Meaning("reg_addr", _PUBLIC, ("registered address",), goes_on="registered address, extension"),
    Meaning("reg_region", _PUBLIC, ("region of registration",), lacking=_since_2("the region of registration")),
    Meaning("res_addr", _PUBLIC, ("residence address",), lacking=_since_2("the residence")),
    Meaning("res_region", _PUBLIC, ("region of residence",), lacking=_since_2("the region of residence")),
    Meaning("phone", _PUBLIC, ("telephone",)),
    Meaning("guardian_name", _PUBLIC, ("contact or guardian",), lacking=_since_2("a guardian")),
    Meaning("guardian_phone", _PUBLIC, ("contact's telephone",), lacking=_since_2("a guardian's telephone")),
    Meaning("guardian_id_type", _PUBLIC, (), lacking=_never("a guardian's document")),
    Meaning("guardian_id", _PUBLIC, (), lacking=_never("a guardian's document number")),
    Meaning("employ_state", _PUBLIC, ("employment status",)),
    Meaning("marital", _PUBLIC, ("marital status",)),
    Meaning("employer", _PUBLIC, ("employer name",), goes_on="employer name, extension"),
    Meaning("employer_code", _PUBLIC, ("organisation code",)),
    Meaning("identity_class", _PUBLIC, ("identity class",), lacking=_since_2("the identity class")),
    Meaning("nationality", _PUBLIC, ("nationality", "country or region"), lacking=_since_2("the nationality")),
    Meaning("medical_scheme", _MEDICAL, ("medical scheme and flags",), lacking=_since_2("the medical scheme")),
    Meaning("medical_region", _MEDICAL, ("region of medical insurance",), lacking=_since_2("the medical region")),
    Meaning("medical_kind", _MEDICAL, ("insured person's class",)),
    Meaning("medical_account", _MEDICAL, ("account number",)),
    # 通讯地址, 邮政编码: also what the card is sent to.
    Meaning(
        "mail_addr",
        _PUBLIC,
        ("postal address",),
        goes_on="postal address, extension",
        lacking=_only_1("the postal address"),
        elsewhere=True,
    ),
    Meaning("post_code", _PUBLIC, ("postal code",), lacking=_only_1("the postal code"), elsewhere=True),
)


def column_items(edition: Version, directories: Iterable[Directory]) -> Mapping[str, ColumnItems]:
    """Every column's items in ``directories``, which are of ``edition``. Raises MeaningError (tables changed)."""
    called: dict[tuple[int, str], list[PlacedItem]] = defaultdict(list)
    for home in directories:
        for file in home.files:
            for item in file.items:
                if item.tag is not None:
                    called[home.fid, item.name_en].append(PlacedItem((home.fid, file.fid, item.tag), item))
    return MappingProxyType({meaning.column: _items(meaning, edition, called) for meaning in MEANINGS})


def _items(meaning: Meaning, edition: Version, called: Mapping[tuple[int, str], list[PlacedItem]]) -> ColumnItems:
    found = [each for name in meaning.names for each in called.get((meaning.directory, name), ())]
    why = meaning.lacking.get(edition, "")
    if len(found) != (0 if why else 1):
        raise MeaningError(f"{meaning.column}: edition {edition.label} has {len(found)} items {meaning.names}")
    if why:
        return ColumnItems(None, why="" if meaning.elsewhere else why)
    rest = called.get((meaning.directory, meaning.goes_on), ())
    return ColumnItems(found[0], next(iter(rest), None))
