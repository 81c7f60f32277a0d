"""What a chip shows of itself before anything is written to it, in a reader or in a card file."""

from __future__ import annotations

from typing import NamedTuple

from apdu import atr
from apdu.link import SmartCard
from apdu.status import SW
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.driver import perform, perform_anew, send
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import SELECT_MF
from dualcos.dialogue.social import SSSE
from dualcos.issuance.personaliser.making_steps import bank_made, social_made
from dualcos.issuance.personaliser.row_desk import RowRefused
from dualcos.issuance.personaliser.workshop import Workshop

_HISTORICAL = 13


class ChipInHand(NamedTuple):
    """What a card shows before anything is written: TA to TD of its ATR, and whether it has an MF."""

    serial: int
    blank: bool


def look(card: SmartCard) -> ChipInHand:
    """Raises Refused for a card that is no chip of ours, CardLost."""
    shown = card.power_on()
    try:
        historical = atr.parse(shown).historical
    except atr.AtrError:
        historical = b""
    sw = perform(card, send(SELECT_MF)).sw
    if len(historical) != _HISTORICAL or sw not in (SW.OK, SW.FILE_NOT_FOUND):
        raise RowRefused("WRONG_CARD", f"ATR {shown.hex().upper()}, SELECT of the MF answered {sw}: none of our chips")
    return ChipInHand(int.from_bytes(historical[9:], "big"), sw == SW.FILE_NOT_FOUND)


def demand_initialised(bench: Workshop, card: SmartCard, chip: ChipInHand) -> None:
    """For the first body: a chip with an empty environment for its side. Raises RowRefused, CardLost."""
    aid, side = bench.kind.debit_aid, bench.setting.mode
    name = SSSE.name if side == "social" else PSE.name
    if chip.blank or perform_anew(card, select_name(name)).sw != SW.OK:
        raise RowRefused("NOT_INITIALISED", f"chip {chip.serial:08X} has no environment for this side yet")
    made = social_made(card) if side == "social" else bool(aid) and bank_made(card, aid)
    if made:
        raise RowRefused("ALREADY_MADE", f"chip {chip.serial:08X} has this side already")
