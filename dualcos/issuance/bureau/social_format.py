"""What becomes of each column of the bureau's input: its items in every edition, and what else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.table_model import Version
from dualcos.issuance.bureau.item_meanings import ColumnItems, column_items
from dualcos.issuance.bureau.social_columns import COLUMNS
from dualcos.issuance.exchange.format_table import format_table
from dualcos.issuance.exchange.personalisation_file import Paper, place_name

# Beside items of the card; printing and packing take what ``Paper`` has.
_BESIDES: Mapping[str, str] = MappingProxyType(
    {
        "batch_no": "the batch's name",
        "city_code": "keys of the card, packing",
        "photo": "the photo's file, where the edition has one; printing",
        "pin": "the holder's PIN",
        "extra": "the items it names",
        "medical_account": "feedback",
    }
)


def social_format() -> str:
    """The table: the place of each column in every edition, ``–`` where it has none, and what else it is for."""
    editions = [column_items(edition, structure(edition)) for edition in Version]
    lines = []
    for column in COLUMNS:
        places = [_places(items.get(column.name)) for items in editions]
        paper = "printing, packing" if column.name in Paper.__struct_fields__ else ""
        said = "; ".join(filter(None, (_BESIDES.get(column.name, ""), paper)))
        lines.append((column, (*places, said or ("" if any(places) else "checks"))))
    return format_table((*(edition.label for edition in Version), "besides"), lines)


def _places(items: ColumnItems | None) -> str:
    if items is None:
        return ""
    found = [f"`{place_name(each.place)}`" for each in (items.first, items.rest) if each is not None]
    return " + ".join(found) or ("–" if items.why else "")
