"""Steps that were typed or stand in a script: looked at before anything is done, then done one after the other."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from dualcos.cli.fault_mode import asked_for_list
from dualcos.cli.file_arguments import add_input
from dualcos.cli.help_formats import PastedHelpWithLines
from dualcos.cli.standing.card_awaited import demand_attended, demand_screen
from dualcos.cli.standing.console_answers import ConsoleAnswers
from dualcos.cli.standing.console_lines import ConsoleLines
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal, standing_terminal
from dualcos.cli.standing.step_kinds import StepTable, counted
from dualcos.cli.standing.step_teller import StepsEnded
from dualcos.cli.standing.steps_asked import StepAsked, StepLanguage
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.terminal_parts import PartText

C = TypeVar("C")


class TypedSteps(NamedTuple, Generic[C]):
    """The steps of one kind of terminal, and how they are typed."""

    table: StepTable[C]
    language: StepLanguage

    def declare(self, parser: ArgumentParser) -> None:
        """The steps on the command line, and --script."""
        self.language.declare(parser)
        add_input(parser, "--script", metavar="FILE", help="several steps in one insertion, a line each, as typed here")
        parser.add_argument(
            "--screen", action="store_true", help="asked for one by one on a screen, as a cashier has (needs textual)"
        )
        parser.usage = "%(prog)s [STEP …] [--card PROFILE|CARD-FILE | --pcsc READER] [options]"
        parser.formatter_class = PastedHelpWithLines
        parser.epilog = f"steps:\n{self.table.help()}\n\nwithout a step: asked for one by one, as a cashier does"

    def asked(self, args: Namespace) -> Iterator[StepAsked]:
        """The steps, looked at before anything is done; none where they are to be asked for. Raises Fault,
        UnreadableText.
        """
        if args.script is not None and args.words:
            raise Fault("--script has the steps: leave those on the command line out")
        typed = self.language.step_of(args)
        if args.script is None and not args.words:
            if typed.options:
                raise Fault(f"--{next(iter(typed.options))} is of a step, and there is none")
            return
        steps = [typed] if args.script is None else list(self.language.steps_in_script(args.script))
        if not steps:
            raise Fault(f"{args.script}: no step in it")
        for each in steps:
            if not each.words:
                raise each.fault(PartText("try后面没有步骤", "which step? There is none behind try"))
            self.table.kind_of(each)
            yield each


def run_terminal(args: Namespace, typed: TypedSteps[C], stand: Callable[[StandingPlace], StandingTerminal[C]]) -> int:
    """The steps that were asked for, or those that somebody asks for one by one, at the terminal that ``stand`` sets
    up, as lines. 0 all are done, 1 one was stopped; as a shell tells of it when Ctrl-C or SIGTERM ended it. Raises
    Fault.
    """
    if asked_for_list(args):
        return DONE
    steps = list(typed.asked(args))
    if args.screen:
        demand_screen(args, steps=bool(steps))
        from dualcos.cli.standing.on_screen import run_on_screen  # noqa: PLC0415 - Textual is loaded for nothing else

        return run_on_screen(args, stand)
    if not steps:
        demand_attended(args)
    view = TerminalView(ConsoleAnswers())
    view.subscribe(ConsoleLines(args).hear)
    with StopAsked(_say_stopping) as stop, standing_terminal(args, view, stand, explained=args.explain) as standing:
        if not steps:
            signalled = standing.attend(stop)
            standing.forget()
            return stop.code if signalled else DONE
        ended = worked(standing, steps, stop)
        standing.forget()
        standing.teller.end(ended)
        return stop.code if stop() else DIFFERS if ended.stopped is not None else DONE


def _say_stopping() -> None:
    """At the first Ctrl-C."""
    print("stopping behind this step; Ctrl-C again stops at once", file=sys.stderr)


def worked(standing: StandingTerminal[C], steps: Sequence[StepAsked], stop: Callable[[], bool]) -> StepsEnded[Any]:
    """All steps, up to one that was stopped and not tried. Raises Fault."""
    done = tried = 0
    for asked in steps:
        if stop():
            break
        try:
            stopped = standing.teller.work(standing.terminal, asked)
        except Fault as fault:
            left = len(steps) - done - tried - 1
            raise Fault(f"{fault}; {counted(left, 'step')} behind it not reached") if left else fault from None
        if stopped is None:
            done += 1
        elif asked.tried:
            tried += 1
        else:
            return StepsEnded(len(steps), done, tried, stopped)
    return StepsEnded(len(steps), done, tried, None)
