"""A stack that the laboratory knows nothing of but what it declares: its rows are its traffic."""

from __future__ import annotations

from functools import partial
from typing import Any

from cos.kernel.command_rows import CommandRow
from cos.kernel.stack import Stack
from dualcos.dialogue.driver import apdu, send
from dualcos.explain.command_names import Familiar
from dualcos.lab.properties.region_memory import Memory
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Macro, Play


def sides(stack: Stack) -> dict[str, Side]:
    """Every environment of it. Its macros are one command each, within the row: nobody here knows its keys.

    GET RESPONSE is none: it belongs to the command whose answer waits.
    """
    macros = {row.name: Macro(row.name, partial(_one, row)) for row in stack.rows if not row.fetches}
    memory, known = Memory(stack.cells), Familiar.of((stack,))
    return {
        place.label: Side(
            place.label,
            apdu("00A40400", place.name) if place.name else apdu("00A40000", place.fid.to_bytes(2, "big")),
            (place.name,),
            (place.fid.to_bytes(2, "big"),),
            stack.rows,
            (apdu("00A40400", place.name), apdu("00A40000", place.fid.to_bytes(2, "big"))),
            macros,
            memory,
            root=place.root,
            stack=stack.label,
            known=known,
        )
        for place in stack.places
    }


def _one(row: CommandRow[Any], choice: int) -> Play:
    """The row's command with the least of everything, filled with ``choice``."""
    header = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
    le = min((value for value in row.le or () if value is not None), default=256 if row.answers else None)
    yield from send(apdu(header, bytes((choice & 0xFF,)) * min(row.lc), le))
