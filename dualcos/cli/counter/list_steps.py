"""The blacklist at a counter: whose list the terminal holds, and the step that pulls it from the back end."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.file_arguments import add_output_folder
from dualcos.cli.public_key_argument import add_public_key, given_public_key
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, counted, detail
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.user_faults import Fault
from dualcos.terminal.screen.seen_at_terminal import RemarkAbout
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText


def add_blacklist(parser: ArgumentParser) -> None:
    """Declare --blacklist and whose list it is."""
    add_output_folder(
        parser, "--blacklist", metavar="FOLDER", help="where the terminal keeps its blacklist (default: it has none)"
    )
    parser.add_argument("--publisher", metavar="CODE", help="with --blacklist: whose list it goes by")
    add_public_key(parser, "with --blacklist: the publisher's public key, or a file with it")


def asked_blacklist(args: Namespace, view: TerminalView) -> HeldBlacklist | None:
    """The list that the terminal holds; ``view`` is told of a card that it says nothing of. Raises Fault,
    UnreadableText.
    """
    given = [name for name in ("blacklist", "publisher", "public_key") if getattr(args, name) is not None]
    if not given:
        return None
    public = given_public_key(args.public_key)
    if len(given) < 3 or public is None:
        raise Fault(
            "--blacklist FOLDER, --publisher CODE and --public-key HEX|FILE go together: a list is one of somebody's"
        )
    folder = Path(args.blacklist)
    folder.mkdir(exist_ok=True)
    return HeldBlacklist(folder, BlacklistSettings(args.publisher, public), tell=partial(_told, view))


def _told(view: TerminalView, text: PartText) -> None:
    view.remark(f"! {text}", RemarkAbout.CARD)


def blacklist(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """What is held; ``pull``: what was published since (SSC-8 §7). Needs no card."""
    held = counter.blacklist
    if held is None:
        raise asked.fault(
            PartText(
                "本终端没有黑名单：启动时用--blacklist指定文件夹，并指定发布方",
                "this terminal has no blacklist: name its folder with --blacklist, and whose it is",
            )
        )
    _demand_pull(asked)
    rows, but = [], None
    if asked.words[1:]:
        back_end, clock = counter.back_end(), counter.terminal.parts.clock
        came = held.pull(back_end, back_end.terminal.hex(), counter.desk.journal.next_running, clock.now())
        rows = [
            detail("新名单", "lists taken", came.taken),
            *(detail("不采用", "not taken", each) for each in came.faults),
        ]
        if came.faults and not came.taken:
            but = TerminalStopped(StopCause.LIST_UNTRUSTED)
    rows += [detail("序号", "list", held.sequence), detail("签发时间", "issued", held.issued or "-")]
    rows += [detail("存储", "storage", held.fault)] if held.fault else []
    return StepDone(PartText(f"名单{len(held)}项", f"{counted(len(held), 'entry', 'entries')} held"), tuple(rows), but)


def _demand_pull(asked: StepAsked) -> None:
    """Raises Fault."""
    if asked.words[1:] not in ((), ("pull",)):
        raise asked.fault(
            PartText("blacklist后面写pull；不写则显示现有名单", "blacklist takes pull, or nothing to show what is held")
        )


LIST_STEPS = (
    StepKind(
        "blacklist",
        "[pull]",
        PartText("黑名单", "the blacklist that is held; pull: from the back end"),
        blacklist,
        0,
        1,
        check=_demand_pull,
        businesses=SERVICE,
    ),
)
