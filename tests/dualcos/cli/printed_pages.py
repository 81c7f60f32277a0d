"""What a page of the documentation prints, held against what comes.

Numbers that a host or a terminal draws are others each time; ``…`` alone on a line stands for lines left out.
"""

from __future__ import annotations

import re

COMMAND = re.compile(r"^\$ dualcos ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_DRAWN = re.compile(
    r"\b[0-9A-F]{16}\b|(?<=UNPR NUM: )[0-9A-F]{8}|(?<=授权码)(：| +)\d{6}|\b\d{12}\b|\b[SP]\d{10}-[0-9A-F]{8}\b"
)


def alike(printed: str, told: str) -> bool:
    """True if ``told`` has the printed lines in their order, and others only where the page leaves some out."""
    pieces = re.split(r"^ *…\n", _DRAWN.sub("#", printed), flags=re.MULTILINE)
    told = _DRAWN.sub("#", told)
    if not told.startswith(pieces[0]) or not told.endswith(pieces[-1]):
        return False
    at = 0
    for piece in pieces:
        found = told.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(pieces) > 1 or told == pieces[0]
