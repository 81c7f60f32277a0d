"""The subcommands in one table, and the one place where anything that goes wrong becomes a line on stderr."""

from __future__ import annotations

import os
import sys
import textwrap
from argparse import Action, ArgumentParser, HelpFormatter, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

from dualcos.cardfile.card_file_format import CardFileError
from dualcos.cli import (
    card,
    conform,
    doctor,
    explain,
    fuzz,
    holders,
    inspect,
    issue,
    keys,
    personalise,
    prepare,
    profiles,
    replay,
    sample,
    send,
    serve,
)
from dualcos.cli.commands_to_paste import program, to_paste
from dualcos.cli.file_arguments import demand_sound_files
from dualcos.cli.screen import screens, with_losses
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import BUG, DONE, ENDS, INTERRUPTED, WRONG, Fault, without_hex
from dualcos.dialogue.driver import StepRefused
from dualcos.explain.trace_file_lines import TraceError
from dualcos.issuance.issuance_errors import FAULTS as ISSUANCE_FAULTS
from dualcos.lab.faults.fault_script import ScriptError
from dualcos.profile.schema import ProfileError
from dualcos.reader.bug_place import place_of
from dualcos.reader.embedded import ReaderServiceError
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.vpcd import VpcdError
from dualcos.textforms.text_files import UnreadableText
from firewall.hardware.power import PowerLoss

# A new subcommand is one more line here.
SUBCOMMANDS: tuple[Subcommand, ...] = (
    serve.SERVE,
    serve.RUN,
    send.SEND,
    explain.EXPLAIN,
    replay.REPLAY,
    conform.CONFORM,
    inspect.INSPECT,
    issue.ISSUE,
    card.CARD,
    profiles.PROFILES,
    holders.HOLDERS_COMMAND,
    sample.SAMPLE,
    prepare.PREPARE,
    prepare.MATCH,
    personalise.PERSONALISE,
    keys.KEYS,
    fuzz.FUZZ,
    doctor.DOCTOR,
)

_EXPECTED = (
    Fault,
    ProfileError,
    CardFileError,
    StepRefused,
    ReaderServiceError,
    VpcdError,
    PcscError,
    TraceError,
    ScriptError,
    CardGone,
    CardMute,
    UnreadableText,
    *ISSUANCE_FAULTS,
)
_DEBUG = "DUALCOS_DEBUG"
_MEANING = 72
_DESCRIPTION = """A software smart card: the social security card with a financial function (社会保障卡).

Start with:  {0} serve        puts the demo card into a virtual reader and shows every APDU
             {0} run -- CMD   runs a PC/SC program on it
             {0} profiles     which cards there are"""


class _Usage(Fault):
    """The command line is wrong."""


class _Help(HelpFormatter):
    """Commands in a help text can be pasted."""

    def _expand_help(self, action: Action) -> str:
        return to_paste(super()._expand_help(action))


class _Description(_Help, RawDescriptionHelpFormatter):
    """The description's lines as they are."""


class _Parser(ArgumentParser):
    """argparse, but a mistake is one line and not the end of the process, and the program is named as it was called."""

    def __init__(self, **how: Any) -> None:  # noqa: ANN401 - argparse's own, handed on
        super().__init__(**{"formatter_class": _Help} | how)

    def add_subparsers(self, **how: Any) -> Any:  # noqa: ANN401 - likewise
        return super().add_subparsers(**{"prog": self.prog} | how)

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
    except _EXPECTED as fault:
        return _say(str(fault), WRONG)
    except SystemExit as leaving:  # argparse after --help and --version; SIGTERM
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or DONE
        return _say(str(leaving.code), WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED
    except PowerLoss:
        return _say("the card lost its power", WRONG)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}", WRONG)
    except Exception as bug:
        if os.environ.get(_DEBUG):
            raise
        return _say(f"a bug: {type(bug).__name__} at {place_of(bug)}; {_DEBUG}=1 shows where it came from", BUG)


def _run(argv: list[str]) -> int:
    command: list[str] | None = None
    if "--" in argv:
        at = argv.index("--")
        argv, command = argv[:at], argv[at + 1 :]
    args = parser().parse_args(argv)
    chosen: Subcommand = args.subcommand
    if command is not None and not chosen.takes_command:
        raise Fault(f"{chosen.name} takes nothing behind --; see `dualcos {chosen.name} --help`")
    if chosen.takes_command and not command:
        raise Fault(f"which command? `dualcos {chosen.name} [PROFILE] -- COMMAND…`")
    args.command = command
    demand_sound_files(args)
    return chosen.run(args)


def parser() -> ArgumentParser:
    """The whole command line."""
    name = program()
    top = _Parser(prog=name, description=_DESCRIPTION.format(name), epilog=_exit_codes(), formatter_class=_Description)
    top.add_argument("--version", action="version", version=f"dualcos {_version()}")
    rooms = top.add_subparsers(metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        room = rooms.add_parser(subcommand.name, help=subcommand.help, description=subcommand.help)
        subcommand.arguments(room)
        room.set_defaults(subcommand=subcommand)
    return top


def _exit_codes() -> str:
    lines = ["exit codes:"]
    for end in ENDS:
        first, *more = textwrap.wrap(end.meaning, _MEANING)
        lines += [f"  {end.code:<5}{first}", *(" " * 7 + line for line in more)]
    return "\n".join(lines)


def _version() -> str:
    try:
        return version("dualcos")
    except PackageNotFoundError:
        return "(not installed)"


def _say(line: str, code: int) -> int:
    print(f"dualcos: {to_paste(' '.join(line.split()))}", file=sys.stderr)
    return code
