"""``dualcos backend serve``: the back end behind TCP, with a readable line per request."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack, closing

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.facts.backend_facts import BackEndExchange, BackEndReady
from dualcos.cli.file_arguments import add_input, add_kept
from dualcos.cli.leash_screen import LeashScreen, listening_words
from dualcos.cli.leash_serving import ServedAs, add_address, serve_on_leash
from dualcos.cli.machine_output import add_json
from dualcos.cli.rules_argument import add_rules, followed_facts, followed_words
from dualcos.cli.serve import signals_held
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import Paint
from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherError
from dualcos.issuance.bureau.terminal_services.cards_of_profiles import ProfileCards, cards_of_profiles
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_refusals import REASONS
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.leash.leashed_partner import HandledRequest
from dualcos.leash.ready_behaviours import SOCIAL
from dualcos.leash.rule_engine import AppliedRule
from dualcos.messages.service_names import SERVICES, kind_of, told_of
from dualcos.messages.social_codec import SocialForm
from dualcos.messages.social_services import Answer, Request
from dualcos.profile.schema import file_of, load, names
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from firewall.hardware.randomness import SystemRng

_OPENING = 1_000_000
_Handled = HandledRequest[Request, Answer]


def _arguments(parser: ArgumentParser) -> None:
    add_address(parser)
    add_kept(
        parser,
        "--store",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="the books, one SQLite file; left out, they are forgotten at the end",
    )
    add_rules(parser, SOCIAL, "backend")
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
    screen, form = LeashScreen(json=args.json), SocialForm(REASONS)
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

        def listening(port: int) -> None:
            numbers = [card.number for card in known.cards.values()]
            facts = BackEndReady(
                host=args.host, port=port, store=args.store or "", rules=args.rules or "", cards=numbers
            )
            screen.tell(facts, listening_words((facts.host, port), len(numbers), facts.store, facts.rules))

        def exchange(handled: _Handled) -> None:
            facts = _facts(handled)
            screen.tell(facts, _line(facts, handled.rule, screen.paint))

        serve_on_leash(args, desk.ask, form, exchange, ServedAs(SOCIAL, screen, listening, wait, form.names()))
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


def _known_cards(args: Namespace) -> ProfileCards:
    found = cards_of_profiles([load(name) for name in args.card or names()], args.opening)
    if not found.cards:
        raise Fault(f"--card {', '.join(args.card)}: no card with a social side; social-2.0 has one")
    return found


def _facts(handled: _Handled) -> BackEndExchange:
    request, answer = handled.request, handled.answer
    service = kind_of(request)
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
        rule=followed_facts(handled.rule),
    )


def _line(facts: BackEndExchange, applied: AppliedRule | None, paint: Paint) -> str:
    name = SERVICES[facts.service]
    head = f"{facts.time[8:10]}:{facts.time[10:12]}:{facts.time[12:14]} {facts.terminal} #{facts.running}"
    code = str(facts.answered.get("code", ""))
    reason = f" {REASONS[code].zh} {REASONS[code].en}" if code in REASONS else ""
    answer = paint("bad" if code or not facts.answer else "good", facts.answer or "no answer 无应答")
    line = f"{head} {paint('name', f'{name.zh} {name.en}')} {_listed(facts.asked)} → {answer} {_listed(facts.answered)}"
    reason += followed_words(applied, paint, carried_out=facts.carried_out)
    return " ".join(f"{line}{reason}".split())


def _listed(told: dict[str, str | int]) -> str:
    return " ".join(f"{name}={value}" for name, value in told.items())


BACKEND_SERVE = Subcommand(
    "serve", "answer social terminals over TCP until Ctrl-C, and show every request", _arguments, serve
)
