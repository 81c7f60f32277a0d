"""What would have helped: which command to send, for a refusal that names a key or the PIN of the social side."""

from __future__ import annotations

from cos.ssse.security.key_types import SocialKeyType
from dualcos.explain import names_of_places
from dualcos.explain.refusal_reasons import holders
from dualcos.explain.tracker import Tracker
from firewall.trace import Reason

_SIDE = "ssse"


def advised(reason: Reason, at: Tracker) -> tuple[str, ...]:
    """What would have helped, for a refusal on the social side that names a key or the PIN."""
    if at.spot.environment != _SIDE:
        return ()
    found = []
    for one in dict.fromkeys(holders(reason)):
        kind, number = one.entries[0] if one.entries else (None, 0)
        if kind == SocialKeyType.PIN:
            found.append("PIN 个人密码: send 00 20 00 00, Lc and the PIN")
        row = (
            names_of_places.key_row(one.directory, number, at.version)
            if number & 0x0F and kind == SocialKeyType.EXTERNAL
            else None
        )
        if row is None:
            continue
        psam = ", ".join(f"{usage:02X}/{identifier:02X}" for usage, identifier in row.psam)
        where = f", in a PSAM {psam}" if psam else ""
        found.append(
            f"{row.name} {row.purpose_zh}{where}: send 00 84 00 00 08, then 00 82 00 {number:02X} 10 and "
            "authentication data"
        )
    return tuple(found)
