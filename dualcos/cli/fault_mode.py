"""The fault mode of ``dualcos serve`` and ``dualcos run``: the command line's only way to make a card misbehave."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import NamedTuple, Self, TextIO

from dualcos.cli.facts.card_facts import FaultScriptFacts, FaultScriptList, RuleFacts
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import tell
from dualcos.cli.terminal_colours import paint_for
from dualcos.explain import FAULT
from dualcos.explain.rendering import columns
from dualcos.lab.faults import fault_script
from dualcos.lab.faults.fault_script import FaultScript, Rule, load, shipped
from dualcos.lab.faults.faulty_card import FaultyCard
from dualcos.profile.opened_card import Opened
from dualcos.reader.hot_plug import HotPlug

LIST = "list"
_NTH = {1: "1st", 2: "2nd", 3: "3rd"}


def add_faults_of_card(parser: ArgumentParser) -> None:
    """Declare --faults."""
    add_input(
        parser,
        "--faults",
        where=fault_script.file_of,
        metavar="SCRIPT|list",
        help="make the card misbehave as a script says: a .toml file, or one of those that `list` shows",
    )


def add_faults_of_sam(parser: ArgumentParser) -> None:
    """Declare --sam-faults."""
    add_input(
        parser,
        "--sam-faults",
        where=fault_script.file_of,
        metavar="SCRIPT",
        help="the same for the card in the slot for the PSAM",
    )


def add_faults_of_sample(parser: ArgumentParser) -> None:
    """Declare --faults of a laboratory's sample, a card in this process."""
    add_input(
        parser,
        "--faults",
        where=fault_script.file_of,
        metavar="SCRIPT",
        help="cards in this process misbehave as a script says: a .toml file, or one that `dualcos serve --faults list`"
        " shows",
    )


class FaultMode(NamedTuple):
    """One card that misbehaves: whose it is, the script, and the card."""

    source: str
    script: FaultScript
    card: FaultyCard

    @classmethod
    def of(cls, source: str, opened: Opened, hand: HotPlug) -> Self:
        """``opened`` misbehaving by the script called ``source``. Raises ScriptError."""
        script = load(source)
        card = FaultyCard(opened.card, script, trace=opened.events.writer("faults"), pull=hand.take)
        return cls(source, script, card)

    @property
    def warning(self) -> str:
        """One line that nobody can take for normal operation."""
        return f"FAULTS: this card misbehaves on purpose 故障注入 ({self.source}: {self.script.title})"

    def rows(self) -> Iterator[tuple[str, str]]:
        """What is going to happen, for the start."""
        yield "FAULTS", self.warning.removeprefix("FAULTS: ")
        for rule in self.script.rules:
            yield "", f"{rule.name}: {described(rule)}; {rule.purpose} [{rule.clause}]"

    def outcome(self) -> str:
        """What has happened, for the end."""
        said = [f"{tally.rule.name} {tally.injected} of {tally.seen}" for tally in self.card.tally]
        return f"{FAULT} (times, of commands that fit): {', '.join(said)}"


def described(rule: Rule) -> str:
    """When a rule acts, and how."""
    nth = rule.nth if isinstance(rule.nth, list) else [rule.nth]
    which = " and ".join("every" if each == "every" else _NTH.get(each, f"{each}th") for each in nth)
    what = "reset" if rule.event == "reset" else f"{'data of ' if rule.fetched else ''}{rule.command.upper()}"
    place = f" in {rule.environment}" if rule.environment else ""
    chance = f", {rule.chance:.0%} of the time" if rule.chance < 1 else ""
    return f"{which} {what}{place}{chance} → {type(rule.fault).__struct_config__.tag}"


def asked_for_list(args: Namespace) -> bool:
    """True if --faults asks which scripts there are: they have been told, and nothing is to be done."""
    if args.faults != LIST:
        return False
    tell(args, shipped_facts(), shipped_lines(sys.stdout))
    return True


def shipped_lines(out: TextIO) -> Iterator[str]:
    """The scripts that come with the package, in words."""
    paint = paint_for(out)
    for script in shipped_facts().scripts:
        yield f"{paint('name', script.name)}  {script.title}  {paint('faint', script.path)}"
        for line in columns((rule.name, rule.acts, rule.purpose) for rule in script.rules):
            yield f"    {line}"


def shipped_facts() -> FaultScriptList:
    """The scripts that come with the package."""
    return FaultScriptList(
        scripts=[
            FaultScriptFacts(
                name=name,
                title=load(name).title,
                path=str(path),
                rules=[
                    RuleFacts(name=rule.name, acts=described(rule), purpose=rule.purpose, clause=rule.clause)
                    for rule in load(name).rules
                ],
            )
            for name, path in shipped().items()
        ]
    )
