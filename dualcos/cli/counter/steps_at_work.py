"""Steps that were typed or stand in a script: looked at before anything is done, then done one after the other."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Generic, NamedTuple, TypeVar

from dualcos.cli.counter.card_awaited import demand_attended
from dualcos.cli.counter.step_kinds import StepTable, counted
from dualcos.cli.counter.step_teller import StepsEnded, StepTeller
from dualcos.cli.counter.steps_asked import StepAsked, StepLanguage
from dualcos.cli.fault_mode import asked_for_list
from dualcos.cli.file_arguments import add_input
from dualcos.cli.help_formats import PastedHelpWithLines
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.user_faults import DIFFERS, DONE, Fault

C = TypeVar("C")


class TypedSteps(NamedTuple, Generic[C]):
    """The steps of one kind of terminal, and how they are typed."""

    table: StepTable[C]
    language: StepLanguage

    def declare(self, parser: ArgumentParser) -> None:
        """The steps on the command line, and --script."""
        self.language.declare(parser)
        add_input(parser, "--script", metavar="FILE", help="several steps in one insertion, a line each, as typed here")
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
                raise each.fault("which step? There is none behind try")
            self.table.kind_of(each)
            yield each


class StandingTerminal(NamedTuple, Generic[C]):
    """A terminal that is set up. ``begin`` tells what it found; ``attend`` waits on whoever sits there, until he has
    enough, and is True if a signal ended it; ``forget`` takes a card's power away.
    """

    terminal: C
    teller: StepTeller[C]
    begin: Callable[[], None]
    attend: Callable[[StopAsked], bool]
    forget: Callable[[], None]


def run_terminal(
    args: Namespace, typed: TypedSteps[C], stand: Callable[[ExitStack, Recorder], StandingTerminal[C]]
) -> int:
    """The steps that were asked for, or those that somebody asks for one by one, at the terminal that ``stand`` sets
    up. 0 all are done, 1 one was stopped; as a shell tells of it when Ctrl-C or SIGTERM ended it. Raises Fault.
    """
    if asked_for_list(args):
        return DONE
    steps = list(typed.asked(args))
    if not steps:
        demand_attended(args)
    with ExitStack() as stack:
        stop = stack.enter_context(StopAsked(_say_stopping))
        recorder = stack.enter_context(Recorder.asked(args, sys.stdout if args.explain else None))
        standing = stand(stack, recorder)
        recorder.begin()
        standing.teller.announce()
        standing.begin()
        if not steps:
            signalled = standing.attend(stop)
            standing.forget()
            return stop.code if signalled else DONE
        ended = _worked(standing, steps, stop)
        standing.forget()
        standing.teller.end(ended)
        return stop.code if stop() else DIFFERS if ended.stopped is not None else DONE


def _say_stopping() -> None:
    """At the first Ctrl-C."""
    print("stopping behind this step; Ctrl-C again stops at once", file=sys.stderr)


def _worked(standing: StandingTerminal[C], steps: Sequence[StepAsked], stop: StopAsked) -> StepsEnded:
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
