"""Scripts that ``dualcos host card`` queues for a card: its data, its records, its PIN."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import NamedTuple

from dualcos.cli.standing.pins_typed import add_pin_pad, pins_of, typed_digits
from dualcos.cli.till.bank_pins_typed import is_bank_pin
from dualcos.cli.user_faults import Fault
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.profile.line_test_keys import pin_zone_key
from dualcos.terminal.terminal_parts import PartText
from keys.line_cryptography import pin_block_0

_NEW_PIN = PartText("新的脱机密码", "the card's new PIN")
_MOST_FILES, _MOST_RECORDS = 30, 255


class OrderedScript(NamedTuple):
    """``name``: as it was ordered."""

    name: str
    script: ScriptOrder


def add_scripts(parser: ArgumentParser) -> None:
    """``--put-data``, ``--update-record``, ``--change-pin`` with ``--pin-file``."""
    parser.add_argument(
        "--put-data",
        metavar="TAG=HEX",
        type=_data,
        help="a script that sets a data element of its application, as 9F58=05; limits and counters are such",
    )
    parser.add_argument(
        "--update-record", metavar="SFI.RECORD=HEX", type=_record, help="a script that writes a record, as 4.1=7000"
    )
    parser.add_argument(
        "--change-pin", action="store_true", help="a script with a new off-line PIN, which is asked for unseen"
    )
    add_pin_pad(parser)


def ordered_script(args: Namespace, pan: str) -> OrderedScript | None:
    """The script that is ordered, if one is. Raises Fault for more orders than one, or no PIN; UnreadableText."""
    if args.pin_file is not None and not args.change_pin:
        raise Fault("--pin-file: it is for --change-pin")
    asked = [each for each in (args.put_data, args.update_record) if each is not None]
    if len(asked) + bool(args.change_pin) + bool(args.order) > 1:
        raise Fault("one order at a time; `dualcos host card --help` lists them")
    if args.change_pin:
        return OrderedScript("change-pin", ScriptOrder.change_pin(pin_block_0(pin_zone_key(), _new_pin(args), pan)))
    return asked[0] if asked else None


def _new_pin(args: Namespace) -> str:
    pin = typed_digits(_NEW_PIN, None) if args.pin_file is None else pins_of(args.pin_file)[0]
    if not is_bank_pin(pin):
        raise Fault("--change-pin: a PIN has 4 to 12 digits")
    return pin


def _data(text: str) -> OrderedScript:
    """Raises ArgumentTypeError."""
    found = re.fullmatch(r"(?a)([0-9A-Fa-f]{4})=((?:[0-9A-Fa-f]{2})+)", text)
    if found is None:
        raise ArgumentTypeError("a tag of two bytes and its value in hex, as 9F58=05")
    return OrderedScript(
        f"put-data {found[1].upper()}", ScriptOrder.put_data(int(found[1], 16), bytes.fromhex(found[2]))
    )


def _record(text: str) -> OrderedScript:
    """Raises ArgumentTypeError."""
    found = re.fullmatch(r"(?a)([0-9]{1,2})\.([0-9]{1,3})=((?:[0-9A-Fa-f]{2})+)", text)
    if found is None or not 1 <= int(found[1]) <= _MOST_FILES or not 1 <= int(found[2]) <= _MOST_RECORDS:
        raise ArgumentTypeError("a file from 1 to 30, a record from 1 to 255 and its bytes in hex, as 4.1=7000")
    order = ScriptOrder.update_record(int(found[1]), int(found[2]), bytes.fromhex(found[3]))
    return OrderedScript(f"update-record {found[1]}.{found[2]}", order)
