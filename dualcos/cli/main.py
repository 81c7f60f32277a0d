"""The command line as a whole, and the one place where anything that goes wrong becomes a line on stderr."""

from __future__ import annotations

import os
import sys
import textwrap
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any, NoReturn

from dualcos.cli.commands_to_paste import program, to_paste
from dualcos.cli.file_arguments import demand_sound_files, to_standard_output
from dualcos.cli.help_formats import PastedHelp, PastedHelpWithLines
from dualcos.cli.missing_package import missing_package
from dualcos.cli.program_version import version_of_program
from dualcos.cli.screen import screens, with_losses
from dualcos.cli.subcommand import SUBCOMMANDS, Subcommand, subcommand
from dualcos.cli.user_faults import BUG, DONE, ENDS, INTERRUPTED, WRONG, Fault, without_hex
from dualcos.reader.bug_place import place_of
from firewall.hardware.power import PowerLoss

_DEBUG, _VERSION = "DUALCOS_DEBUG", "--version"
_MEANING = 72
_DESCRIPTION = """A software smart card: the social security card with a financial function (社会保障卡).

Start with:  {0} serve        puts the demo card into a virtual reader and shows every APDU
             {0} run -- CMD   runs a PC/SC program on it
             {0} profiles     which cards there are"""


class _Usage(Fault):
    """The command line is wrong."""


class _Parser(ArgumentParser):
    """argparse, but a mistake is one line and not the end of the process, and the program is named as it was called."""

    def __init__(self, **how: Any) -> None:  # noqa: ANN401 - argparse's own, handed on
        super().__init__(**{"formatter_class": PastedHelp} | how)

    def add_subparsers(self, **how: Any) -> Any:  # noqa: ANN401 - likewise
        return super().add_subparsers(**{"prog": self.prog} | how)

    def parse_known_args(self, *how: Any, **more: Any) -> Any:  # noqa: ANN401 - likewise
        """What a subcommand does not know is its own mistake, and its own help that lists what it does."""
        parsed, unknown = super().parse_known_args(*how, **more)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        raise _Usage(f"{without_hex(message)}; see `{self.prog} --help`")


def run(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand (default: the process's own arguments); never raises.

    While it runs, the process's standard streams are screens: nobody who prints is stopped by it. Returns the exit
    code, one of ``user_faults.ENDS``.
    """
    try:
        with screens() as (out, err):
            return with_losses(_ended(list(sys.argv[1:] if argv is None else argv)), out, err)
    except KeyboardInterrupt:
        return INTERRUPTED


def _ended(argv: list[str]) -> int:
    """The exit code of one subcommand; what went wrong is told."""
    try:
        return _run(argv)
    except SystemExit as leaving:  # argparse after --help and --version; SIGTERM
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or DONE
        return _say(str(leaving.code), WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> int:
    """What the user, the disk or another program got wrong, on a line; or that it is a bug."""
    if isinstance(error, ModuleNotFoundError) and (line := missing_package(error)):
        return _say(line, WRONG)
    from dualcos.cli.expected_faults import EXPECTED  # noqa: PLC0415 - only where something went wrong: it loads much

    if isinstance(error, EXPECTED):
        return _say(str(error), WRONG)
    if isinstance(error, PowerLoss):
        return _say("the card lost its power", WRONG)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}", WRONG)
    if os.environ.get(_DEBUG):
        raise error
    return _say(f"a bug: {type(error).__name__} at {place_of(error)}; {_DEBUG}=1 shows where it came from", BUG)


def _run(argv: list[str]) -> int:
    command: list[str] | None = None
    if "--" in argv:
        at = argv.index("--")
        argv, command = argv[:at], argv[at + 1 :]
    args = parser(*argv[:1]).parse_args(argv)
    chosen: Subcommand = args.subcommand
    may = chosen.takes_command or getattr(args, "may_take_command", False)
    if command is not None and not may:
        raise Fault(f"{chosen.name} takes nothing behind --; see `dualcos {chosen.name} --help`")
    if chosen.takes_command and not command:
        raise Fault(f"which command? `dualcos {chosen.name} [PROFILE] -- COMMAND…`")
    if command is not None and not command:
        raise Fault("which command? there is none behind --")
    args.command, args.typed = command, argv
    demand_sound_files(args)
    with redirect_stdout(sys.stderr) if to_standard_output(args) else nullcontext():
        return chosen.run(args)


def parser(only: str = "") -> ArgumentParser:
    """The whole command line, or, if it begins with the name of a subcommand, as much as that one needs."""
    name = program()
    top = _Parser(
        prog=name, description=_DESCRIPTION.format(name), epilog=_exit_codes(), formatter_class=PastedHelpWithLines
    )
    top.add_argument(_VERSION, action="version", version=f"dualcos {version_of_program()}")
    rooms = top.add_subparsers(metavar="COMMAND", required=True)
    wanted = (only,) if only in SUBCOMMANDS else () if only == _VERSION else SUBCOMMANDS
    for each in map(subcommand, wanted):
        room = rooms.add_parser(each.name, help=each.help, description=each.help)
        each.arguments(room)
        room.set_defaults(subcommand=each)
    return top


def _exit_codes() -> str:
    lines = ["exit codes:"]
    for end in ENDS:
        first, *more = textwrap.wrap(end.meaning, _MEANING)
        lines += [f"  {end.code:<5}{first}", *(" " * 7 + line for line in more)]
    return "\n".join(lines)


def _say(line: str, code: int) -> int:
    print(f"dualcos: {to_paste(' '.join(line.split()))}", file=sys.stderr)
    return code
