"""The terminal that reads finished cards: a PC/SC program of its own, told on stdin what to do, answering in JSON.

It knows file numbers, tags and the two PINs, nothing of how the card was made. ``master``: try the card master key.
"""

from __future__ import annotations

import json
import sys

from apdu import atr, tlv
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.personaliser.check_after_making import NotRight, check_master_key_is_powerless
from dualcos.issuance.personaliser.reading_back import CardReader
from dualcos.profile.schema import load
from dualcos.reader.pcsc import PcscLink, readers
from keys.custody.key_store_file import KeyFile
from keys.custody.sealing import LockSource

SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
DEBIT = bytes.fromhex("A000000333010101")
# Directory by name, file by short identifier, its number of records (V2.0 §8).
FILES = {
    "DDF1": (SSSE, {5: 7, 6: 7}),
    "DF01": (bytes.fromhex("D15600000500"), {5: 3, 6: 5, 7: 1, 8: 1, 9: 3, 10: 3}),
    "DF04": (bytes.fromhex("D15600000503"), {5: 12}),
}


def read(link: PcscLink, pin: str, offline_pin: str) -> dict[str, str]:
    """Every item: ``DF01/05/20`` or ``bank/5A`` to its bytes in hex; ``pin`` and ``bank/pin`` to status words."""
    reader = CardReader(link)
    found: dict[str, str] = {"atr": reader.atr.hex().upper()}
    for directory, (name, files) in FILES.items():
        reader.select(name)
        if directory == "DDF1":
            data = bytes.fromhex(pin + "F" * (len(pin) % 2))  # SSC-5 §6.14: digits, two a byte
            found["pin"] = str(reader.sw(bytes((0x00, 0x20, 0x00, 0x00, len(data))) + data))
        for sfi, count in files.items():
            found |= {f"{directory}/{sfi:02X}/{tag:02X}": raw.hex() for tag, raw in reader.items(sfi, count).items()}
    return found | _bank(reader, offline_pin)


def _bank(reader: CardReader, pin: str) -> dict[str, str]:
    fci = reader.send(bytes((0x00, 0xA4, 0x04, 0x00, len(DEBIT))) + DEBIT).data
    asked = tlv.dol_length(tlv.parse_dol(tlv.find(fci, 0x6F, 0xA5, 0x9F38) or b""))
    body = tlv.encode(0x83, bytes(asked))
    options = reader.send(bytes((0x80, 0xA8, 0x00, 0x00, len(body))) + body + b"\0").data
    files = options[4:] if options[:1] == b"\x80" else tlv.find(options, 0x77, 0x94) or b""
    found = {}
    for at in range(0, len(files), 4):
        for number in range(files[at + 1], files[at + 2] + 1):
            record = reader.record(files[at] >> 3, number) or b""
            found |= {f"bank/{item.tag:X}": item.value.hex().upper() for item in tlv.leaves(record)}
    block = bytes.fromhex(f"2{len(pin):X}{pin}".ljust(16, "F"))
    return found | {"bank/pin": str(reader.sw(bytes.fromhex("0020008008") + block))}


def powerless(link: PcscLink, store: str, lock: str, template: str) -> dict[str, str]:
    """What the card master key can still do: ``refusals`` empty, or what was wrong."""
    maker = MakerService(KeyFile.open(store, LockSource(file=lock).lock({})), load(template))
    try:
        check_master_key_is_powerless(link, maker.order(atr.parse(link.power_on()).historical).final_card_master)
    except NotRight as wrong:
        return {"wrong": str(wrong)}
    return {"wrong": ""}


def main() -> None:
    """Answer each line of stdin."""
    (name,) = readers()
    for line in sys.stdin:
        asked = json.loads(line)
        with PcscLink(name) as link:
            answer = powerless(link, *asked["master"]) if "master" in asked else read(link, *asked["read"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
