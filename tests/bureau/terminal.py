"""The terminal that reads finished cards: a PC/SC program of its own, told on stdin what to do, answering in JSON.

It knows file numbers, tags and the two PINs, nothing of how the card was made. ``master``: try the card master key.
"""

from __future__ import annotations

import json
import sys

from apdu import atr
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import Dialogue, StepRefused, apdu, perform, send
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.social import items, pin_field
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.personaliser.check_after_making import NotRight, check_master_key_is_powerless
from dualcos.profile.schema import load
from dualcos.reader.pcsc import PcscLink
from keys.bank_cryptography import pin_block
from keys.custody.key_store_file import KeyFile
from keys.custody.sealing import LockSource

SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
DEBIT = bytes.fromhex("A000000333010101")
_PATIENCE = 10.0
# Directory by name, file by short identifier, its number of records (V2.0 §8).
FILES = {
    "DDF1": (SSSE, {5: 7, 6: 7}),
    "DF01": (bytes.fromhex("D15600000500"), {5: 3, 6: 5, 7: 1, 8: 1, 9: 3, 10: 3}),
    "DF04": (bytes.fromhex("D15600000503"), {5: 12}),
}


def read(pin: str, offline_pin: str) -> Dialogue[dict[str, str]]:
    """Every item: ``DF01/05/20`` or ``bank/5A`` to its bytes in hex; ``pin`` and ``bank/pin`` to status words."""
    found: dict[str, str] = {}
    for directory, (name, files) in FILES.items():
        yield from select_name(name)
        if directory == "DDF1":
            found["pin"] = str((yield from send(apdu("00200000", pin_field(pin)))).sw)
        for sfi, count in files.items():
            shown = yield from items(sfi, count)
            found |= {f"{directory}/{sfi:02X}/{tag:02X}": raw.hex() for tag, raw in shown.items()}
    bank = BankSession(DEBIT, {})
    yield from bank.select()
    yield from bank.read()
    found |= {f"bank/{tag:X}": value.hex().upper() for tag, value in bank.shown.items()}
    return found | {"bank/pin": str((yield from bank.verify(pin_block(offline_pin))).sw)}


def powerless(link: PcscLink, store: str, lock: str, template: str) -> None:
    """Raises NotRight if the card master key can still do something."""
    maker = MakerService(KeyFile.open(store, LockSource(file=lock).lock({})), load(template))
    check_master_key_is_powerless(link, maker.order(atr.parse(link.power_on()).historical).final_card_master)


def main() -> None:
    """Answer each line of stdin."""
    (name,) = sys.argv[1:]
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"wrong": ""}
        link = PcscLink(name)
        if not link.wait(present="out" not in asked, seconds=_PATIENCE) or "out" in asked:
            link.close()
            print("{}", flush=True)
            continue
        with link:
            try:
                if "master" in asked:
                    powerless(link, *asked["master"])
                else:
                    answer |= perform(link, read(*asked["read"]))
            except (NotRight, StepRefused) as wrong:
                answer["wrong"] = str(wrong)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
