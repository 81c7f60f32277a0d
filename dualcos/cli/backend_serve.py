"""``dualcos backend serve``: the back end behind TCP, with a readable line per request."""

from __future__ import annotations

import os
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from msgspec import Struct

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.facts.backend_facts import BackEndExchange, BackEndReady, FollowedRule
from dualcos.cli.file_arguments import add_input, add_kept
from dualcos.cli.machine_output import add_json, as_json, for_stream
from dualcos.cli.screen import is_lost
from dualcos.cli.serve import signals_held
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.rendering import Paint
from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherError
from dualcos.issuance.bureau.terminal_services.cards_of_profiles import ProfileCards, cards_of_profiles
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_refusals import REASONS
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.leash.leash_rules import told_actions
from dualcos.leash.leash_server import LOCAL, LeashServer, address_of
from dualcos.leash.leashed_partner import Follow, HandledRequest, LeashedPartner
from dualcos.leash.ready_behaviours import ready_behaviours, ready_path
from dualcos.leash.rule_engine import AppliedRule, Leash
from dualcos.leash.watched_rules import WatchedRules
from dualcos.messages.service_names import SERVICES, kind_of, told_of
from dualcos.messages.social_codec import SocialForm
from dualcos.messages.social_services import Answer, Request
from dualcos.profile.field_faults import nearest
from dualcos.profile.schema import file_of, load, names
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from firewall.hardware.randomness import SystemRng

_OPENING = 1_000_000
_Handled = HandledRequest[Request, Answer]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", metavar="N", type=int, default=0, help="TCP port; 0, the default: any free one")
    parser.add_argument("--host", metavar="ADDRESS", default=LOCAL, help="where to listen (default %(default)s)")
    add_kept(
        parser,
        "--store",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="the books, one SQLite file; left out, they are forgotten at the end",
    )
    add_input(
        parser,
        "--rules",
        where=_rule_file,
        metavar="FILE|NAME",
        help="answer by these rules: a file, looked at with each request, or one of `dualcos backend behaviours`",
    )
    add_input(
        parser,
        "--card",
        where=file_of,
        metavar="PROFILE",
        action="append",
        help="whose card is in the register, by name or .toml file; repeat for more (default: all that come along)",
    )
    add_input(
        parser, "--blacklist", metavar="LIST", help="what it publishes to terminals: a list of `dualcos blacklist`"
    )
    parser.add_argument(
        "--opening", metavar="FEN", type=int, default=_OPENING, help="on each new account (default %(default)s)"
    )
    parser.add_argument(
        "--mode", type=int, choices=(1, 2, 3), default=2, help="the region's settlements: 1 on line, 2 with temporary"
        " off-line ones, 3 off line with money on the card (default %(default)s)",
    )  # fmt: skip
    add_json(parser, BackEndReady, BackEndExchange, words="one line of JSON per request")


def serve(args: Namespace) -> int:
    """Answer terminals until Ctrl-C or SIGTERM."""
    if not 0 <= args.opening <= 0xFFFFFFFF:
        raise Fault(f"--opening {args.opening}: fen, from 0 to {0xFFFFFFFF}")
    screen, form = _BackEndScreen(json=args.json), SocialForm(REASONS)
    with ExitStack() as stack:
        wait = stack.enter_context(signals_held())
        known = _known_cards(args)
        books = stack.enter_context(closing(DeskBooks(args.store or IN_MEMORY)))
        desk = TerminalDesk(
            keys=known.keys,
            cards=known.cards,
            books=books,
            now=beijing_now,
            random=SystemRng().bytes,
            terms=RegionTerms(mode=args.mode),
            lists=None if args.blacklist is None else _ReportedLists(args.blacklist, screen.report),
        )
        follow = _follow(args.rules, screen.report, form)
        server = stack.enter_context(
            LeashServer(
                lambda: LeashedPartner(desk.ask, follow, form, screen.exchange),
                form,
                host=args.host,
                port=args.port,
                report=screen.report,
            )
        )
        screen.ready(
            BackEndReady(
                host=args.host,
                port=server.port,
                store=args.store or "",
                rules=args.rules or "",
                cards=[card.number for card in known.cards.values()],
            )
        )
        if not is_lost(sys.stdout):  # or else nobody knows where it listens
            wait()
    screen.say("stopped 已停止")
    return DONE


class _ReportedLists:
    """The bureau's list as it stands at each request; ``report`` is told why one cannot be answered.

    Raises PublisherError: it cannot be read at the beginning either.
    """

    def __init__(self, path: str, report: Callable[[str], None]) -> None:
        self._publisher = BlacklistPublisher(path)
        self._publisher.standing()
        self._report = report

    def since(self, after: int, history: str, /) -> tuple[str, ...]:
        """See ``PublishedLists``."""
        try:
            return self._publisher.since(after, history)
        except PublisherError as error:
            self._report(str(error))
            raise


def _rule_file(text: str) -> Path | None:
    """Raises Fault: no file, and the name of a behaviour mistyped."""
    if ready_path(text) is not None:
        return None
    near = nearest(text, ready_behaviours())
    if near and not os.path.lexists(text):
        raise Fault(f"--rules {in_one_line(text)}: no such file and no such behaviour; {near}")
    return Path(text)


def _known_cards(args: Namespace) -> ProfileCards:
    found = cards_of_profiles([load(name) for name in args.card or names()], args.opening)
    if not found.cards:
        raise Fault(f"--card {', '.join(args.card)}: no card with a social side; social-2.0 has one")
    return found


def _follow(rules: str | None, report: Callable[[str], None], form: SocialForm) -> Follow:
    return WatchedRules(ready_path(rules) or rules, report, form.names()).followed if rules else Leash().followed


class _BackEndScreen:
    """Lines in the order in which things happen, from any thread; with ``json`` facts on stdout, the rest on stderr."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._out = sys.stderr if json else sys.stdout
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """A line for people."""
        with self._lock:
            print(line, file=self._out, flush=True)

    def report(self, line: str) -> None:
        """What went wrong, or was changed."""
        self.say(f"! {in_one_line(' '.join(line.split()))}")

    def ready(self, facts: BackEndReady) -> None:
        """The one line that says that it listens."""
        rules = f", rules 规则 {facts.rules}" if facts.rules else ""
        store = f", books 账簿 {facts.store}" if facts.store else ", books in memory 账簿不保存"
        at = address_of(facts.host, facts.port)
        self._tell(facts, f"listening 已就绪 {at}, {len(facts.cards)} cards 张卡{store}{rules}")

    def exchange(self, handled: _Handled) -> None:
        """One request."""
        facts = _facts(handled)
        self._tell(facts, _line(facts, handled.rule, paint_for(self._out)))

    def _tell(self, facts: Struct, line: str) -> None:
        if self._json:
            with self._lock:
                print(for_stream(as_json(facts), sys.stdout), flush=True)
        else:
            self.say(line)


def _facts(handled: _Handled) -> BackEndExchange:
    request, answer, applied = handled.request, handled.answer, handled.rule
    service = kind_of(request)
    rule = None
    if applied is not None:
        actions = [f"{action.en}{f': {more}' if more else ''}" for action, more in told_actions(applied.rule)]
        rule = FollowedRule(number=applied.number, note=applied.rule.note, actions=actions)
    return BackEndExchange(
        time=beijing_now(),
        terminal=request.terminal,
        running=request.running,
        service=service,
        service_zh=SERVICES[service].zh,
        asked=told_of(request),
        answer="" if answer is None else kind_of(answer),
        answered={} if answer is None else told_of(answer),
        carried_out=handled.carried_out,
        rule=rule,
    )


def _line(facts: BackEndExchange, applied: AppliedRule | None, paint: Paint) -> str:
    name = SERVICES[facts.service]
    head = f"{facts.time[8:10]}:{facts.time[10:12]}:{facts.time[12:14]} {facts.terminal} #{facts.running}"
    code = str(facts.answered.get("code", ""))
    reason = f" {REASONS[code].zh} {REASONS[code].en}" if code in REASONS else ""
    answer = paint("bad" if code or not facts.answer else "good", facts.answer or "no answer 无应答")
    line = f"{head} {paint('name', f'{name.zh} {name.en}')} {_listed(facts.asked)} → {answer} {_listed(facts.answered)}"
    if applied is not None:
        said = ", ".join(
            f"{action.zh} {action.en}{f' {more}' if more else ''}" for action, more in told_actions(applied.rule)
        )
        done = "" if facts.carried_out else ", not carried out 未执行"
        reason += paint("advice", f" | rule 规则 {applied.number}: {said or 'nothing 无'}{done}")
    return " ".join(f"{line}{reason}".split())


def _listed(told: dict[str, str | int]) -> str:
    return " ".join(f"{name}={value}" for name, value in told.items())


BACKEND_SERVE = Subcommand(
    "serve", "answer social terminals over TCP until Ctrl-C, and show every request", _arguments, serve
)
