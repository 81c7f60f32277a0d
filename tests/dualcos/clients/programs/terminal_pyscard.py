"""A terminal on pyscard's high level. Reads one order a line, answers with one line.

"open" (ATR and protocol), "close", or a command in hex (what ``connection.transmit`` gives).
"""

from __future__ import annotations

import sys

from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.scard import SCARD_PROTOCOL_T1, SCARD_UNPOWER_CARD
from smartcard.System import readers


def main() -> None:
    """Obey standard input."""
    connection = None
    for line in sys.stdin:
        order = line.strip()
        try:
            if order == "open":
                connection = readers()[0].createConnection()
                connection.connect(disposition=SCARD_UNPOWER_CARD)
                protocol = "T=1" if connection.getProtocol() == SCARD_PROTOCOL_T1 else "T=0"
                said = f"{bytes(connection.getATR()).hex().upper()} {protocol}"
            elif order == "close":
                connection.disconnect()
                said = "closed"
            else:
                data, sw1, sw2 = connection.transmit(list(bytes.fromhex(order)))
                said = bytes((*data, sw1, sw2)).hex().upper()
        except (CardConnectionException, NoCardException) as error:
            said = f"error: {error}"
        print(said, flush=True)


if __name__ == "__main__":
    main()
