"""Both PINs of a bill have somebody, or a file, to enter them before its card settles anything."""

from __future__ import annotations

import sys
from argparse import Namespace

from dualcos.cli.standing.pins_typed import BANK_PINS, PIN_FILE
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.terminal.terminal_parts import PartText

_SETTLES, _PAYS = ("settle",), ("settle", "premium", "pay")
_NOTHING = ("0", "0.0", "0.00")


def demand_pads(args: Namespace, asked: StepAsked) -> None:
    """Raises Fault where nobody is there, nor a file in his place, to enter a PIN that the step wants."""
    if args.screen or sys.stdin.isatty():  # a screen has its own keys
        return
    name = asked.words[0]
    settles = name in _SETTLES and asked.words[1] not in _NOTHING
    pays = name in _PAYS and "later" not in asked.options
    for wanted, option, given in ((settles, PIN_FILE, args.pin_file), (pays, BANK_PINS, args.bank_pin_file)):
        if wanted and given is None:
            raise asked.fault(
                PartText(
                    f"{name}要输密码，而此处无人可输；用{option}指定密码文件，每次一行",
                    f"{name} wants a PIN and stdin is no terminal; {option} FILE holds a line for each",
                )
            )
