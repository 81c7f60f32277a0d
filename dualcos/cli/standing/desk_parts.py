"""Parts of a terminal on this machine, whichever it is: its clock, where its line goes."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, Namespace

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.user_faults import Fault
from dualcos.terminal.terminal_forms import FORM_OPTIONS, FormFactor
from dualcos.terminal.terminal_parts import Clock

_HIGHEST_PORT = 0xFFFF
_MOMENT = "%Y%m%d%H%M%S"


def add_clock(parser: ArgumentParser) -> None:
    """Declare --clock."""
    parser.add_argument("--clock", metavar="YYYYMMDDhhmmss", help="its clock stands at this (default: now, in Beijing)")


def add_form(parser: ArgumentParser, usual: FormFactor) -> None:
    """Declare --form; None where it is not given."""
    parser.add_argument(
        "--form",
        choices=FORM_OPTIONS,
        help="its form: POS, PC with a reader, self-service 自助终端, cash machine 自动柜员机"
        f" (default: {usual.row.option})",
    )


def asked_form(args: Namespace, usual: FormFactor) -> FormFactor:
    """The form that --form asks for."""
    return usual if args.form is None else FormFactor.of_option(args.form)


def asked_clock(args: Namespace) -> Clock:
    """The clock that --clock asks for. Raises Fault."""
    return _StandingClock(args.clock) if args.clock is not None else _RunningClock()


def address_of(option: str, text: str) -> tuple[str, int]:
    """``HOST:PORT`` in two. Raises Fault."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= _HIGHEST_PORT:
        raise Fault(f"{option} {text}: HOST:PORT is wanted, as 127.0.0.1:6001")
    return host.strip("[]"), int(port)


class _RunningClock:
    def now(self) -> str:
        """Of this machine, as it is in Beijing."""
        return beijing_now()


class _StandingClock:
    """For runs that are to be repeated. Raises Fault for what is no moment."""

    def __init__(self, moment: str) -> None:
        try:
            if not re.fullmatch(r"\d{14}", moment, re.ASCII):
                raise ValueError
            time.strptime(moment, _MOMENT)
        except ValueError:
            raise Fault("--clock takes a moment, YYYYMMDDhhmmss, as 20261129120000") from None
        self._moment = moment

    def now(self) -> str:
        """Always the same."""
        return self._moment
