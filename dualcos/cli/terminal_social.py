"""``dualcos terminal social``: a social terminal, its steps on the command line, in a script, or asked for."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from dualcos.cli.counter.attended_counter import AttendedCounter, demand_attended
from dualcos.cli.counter.counter_at_work import CounterAtWork, counted
from dualcos.cli.counter.step_table import kind_of, step_help
from dualcos.cli.counter.step_teller import StepsEnded, StepTeller
from dualcos.cli.counter.steps_asked import StepAsked, add_step_words, step_of, steps_in_script
from dualcos.cli.counter.terminal_on_desk import add_desk, parts_on_desk
from dualcos.cli.facts.card_facts import FaultScriptList
from dualcos.cli.facts.terminal_facts import TerminalEnd, TerminalStep
from dualcos.cli.fault_mode import asked_for_list
from dualcos.cli.file_arguments import add_input
from dualcos.cli.help_formats import PastedHelpWithLines
from dualcos.cli.machine_output import add_json, say
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.trace_recorder import Recorder, add_trace
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.trace_lines import ExchangeLine, PowerLine

NAME: Final = "social"
HELP: Final = "a social terminal 社保业务功能终端: read, inquire, settle … on a card of ours or in a reader"


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    add_step_words(parser)
    add_desk(parser)
    add_input(parser, "--script", metavar="FILE", help="several steps in one insertion, a line each, as typed here")
    parser.add_argument(
        "--explain", action="store_true", help="under each step what passed, of card and PSAM, in words"
    )
    add_trace(parser)
    sheets = TerminalStep, TerminalEnd, ExchangeLine, PowerLine, FaultScriptList
    add_json(parser, *sheets, words="one line of JSON per step, then the end,")
    parser.usage = "%(prog)s [STEP …] [--card PROFILE|CARD-FILE | --pcsc READER] [options]"
    parser.formatter_class = PastedHelpWithLines
    parser.epilog = f"steps:\n{step_help()}\n\nwithout a step: asked for one by one, as a cashier does"


def run(args: Namespace) -> int:
    """0 all steps are done, 1 one was stopped by card, PSAM, back end or the terminal's own rules; as a shell tells of
    it when Ctrl-C or SIGTERM ended it.
    """
    if asked_for_list(args):
        return DONE
    steps = list(_asked(args))
    if not steps:
        demand_attended(args)
    with ExitStack() as stack:
        stop = stack.enter_context(StopAsked(_say_stopping))
        recorder = stack.enter_context(Recorder.asked(args, sys.stdout if args.explain else None))
        desk = parts_on_desk(args, stack, recorder, lambda said: say(args, (f"  {said}",)))
        counter = CounterAtWork(desk.terminal, desk.cards.hand, desk.journal, desk.blacklist)
        recorder.begin()
        teller = StepTeller(args, recorder, desk.cards.faults)
        teller.announce()
        if not steps:
            signalled = AttendedCounter(counter, desk.cards.reader, teller, stop).attend()
            counter.forget()
            return stop.code if signalled else DONE
        ended = _worked(counter, steps, teller, stop)
        counter.forget()
        teller.end(ended)
        return stop.code if stop() else DIFFERS if ended.stopped is not None else DONE


def _asked(args: Namespace) -> Iterator[StepAsked]:
    """The steps, looked at before anything is done; none where they are to be asked for. Raises Fault,
    UnreadableText.
    """
    if args.script is not None and args.words:
        raise Fault("--script has the steps: leave those on the command line out")
    typed = step_of(args)
    if args.script is None and not args.words:
        if typed.options:
            raise Fault(f"--{next(iter(typed.options))} is of a step, and there is none")
        return
    steps = [typed] if args.script is None else list(steps_in_script(args.script))
    if not steps:
        raise Fault(f"{args.script}: no step in it")
    for each in steps:
        if not each.words:
            raise each.fault("which step? There is none behind try")
        kind_of(each)
        yield each


def _say_stopping() -> None:
    print("stopping behind this step; Ctrl-C again stops at once", file=sys.stderr)


def _worked(counter: CounterAtWork, steps: list[StepAsked], teller: StepTeller, stop: StopAsked) -> StepsEnded:
    done = tried = 0
    for asked in steps:
        if stop():
            break
        try:
            stopped = teller.work(counter, asked)
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
