"""A good row of the bureau as its half of a card's record in the personalisation file."""

from __future__ import annotations

import base64

from cos.ssse.tables.item_encoding import Value
from dualcos.issuance.bureau.social_rows import SocialRow
from dualcos.issuance.exchange.personalisation_file import CardRecord, Paper, SocialData, person_hash, place_name


def social_record(seq: int, row: SocialRow) -> CardRecord:
    """Card number ``seq`` of a batch, its social side and what is printed on it."""
    values = row.values
    data = SocialData(
        row=row.number,
        version=values["spec_version"],
        city=values["city_code"],
        items={place_name(place): _plain(value) for place, value in row.items.items()},
        photo=base64.b64encode(row.photo).decode(),
        pin=values.get("pin", ""),
    )
    kept = {field: values.get(field, "") for field in Paper.__struct_fields__ if field in values}
    paper = Paper(**kept | {"social_account": values.get("medical_account", "")})
    return CardRecord(seq=seq, person=person_hash(row.ssn), paper=paper, social=data)


def _plain(value: Value) -> str | list[str]:
    return [str(part) for part in value] if isinstance(value, tuple) else str(value)
