"""What a data group may look like: TLV that adds up, elements of their lengths, records with their template.

PBOC-10 §6.4, PBOC-5 B.12.4.

The same rule says what STORE DATA refuses and what a stored group that fails it is: damaged.
"""

from __future__ import annotations

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data import groups as tables
from cos.pse.data.elements import BY_TAG

LONGEST_RECORD = 254
_TEMPLATE = 0x70
_LAST_WITH_TEMPLATE = 10  # PBOC-5 B.12.4: files above are free in their format


def fault(dgi: int, value: bytes) -> str | None:
    """What is wrong with ``value`` as group ``dgi``, as the end of a sentence; None if nothing is."""
    try:
        items = tlv.parse(value)
        place = tables.record_of(dgi)
        if place is not None and place[0] <= _LAST_WITH_TEMPLATE and [item.tag for item in items] != [_TEMPLATE]:
            return "is one template 70"
        if place is not None and len(value) > LONGEST_RECORD:
            return f"has {len(value)} bytes, a record at most {LONGEST_RECORD}"
        for item in tlv.leaves(value):
            element = BY_TAG.get(item.tag)
            if element is not None and not element.least <= len(item.value) <= element.most:
                return f"{item.tag:X} ({element.name}) has {len(item.value)} bytes"
    except TlvError as error:
        return str(error)
    return None


def is_record(sfi: int, raw: bytes) -> bool:
    """True if ``raw`` can be a stored record of that file, judged without taking it apart."""
    if not 0 < len(raw) <= LONGEST_RECORD:
        return False
    if sfi > _LAST_WITH_TEMPLATE:
        return True
    if raw[0] != _TEMPLATE or len(raw) < 3:
        return False
    if raw[1] < 0x80:
        return len(raw) == 2 + raw[1]
    return raw[1] == 0x81 and len(raw) == 3 + raw[2]
