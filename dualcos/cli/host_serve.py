"""``dualcos host serve``: acquirer and bank behind TCP, with a readable line per request."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.facts.host_facts import HostExchange, HostReady
from dualcos.cli.file_arguments import add_kept
from dualcos.cli.host_acquirer import (
    STORE_BESIDE,
    HostDay,
    account_asked,
    add_line,
    opened_acquirer,
    settings_of,
    store_alone,
)
from dualcos.cli.host_bank import (
    ORDER_NAMES,
    add_cards,
    add_terms,
    opened_issuer,
    order_called,
    profiles_named,
    switch_end,
)
from dualcos.cli.host_switch import add_switched, switched_issuer
from dualcos.cli.leash_screen import LeashScreen, listening_words
from dualcos.cli.leash_serving import ServedAs, add_address, serve_on_leash
from dualcos.cli.machine_output import add_json
from dualcos.cli.rules_argument import add_rules, followed_facts, followed_words
from dualcos.cli.serve import signals_held
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DONE
from dualcos.explain.rendering import Paint
from dualcos.leash.leashed_partner import HandledRequest
from dualcos.leash.ready_behaviours import BANK
from dualcos.leash.rule_engine import AppliedRule
from dualcos.messages.acquirer_messages import AcquirerMessage, masked_account
from dualcos.messages.pos_form import LineAnswer, LineRequest, pos_facts
from dualcos.messages.pos_messages import pos_message
from dualcos.messages.pos_subfields import parted
from dualcos.messages.response_codes import response_code

_Handled = HandledRequest[LineRequest, LineAnswer]
_ASKED = ("pan", "amount", "code", "original_stan", "before_discount", "member")
_ANSWERED = ("amount", "reference", "approval", "before_discount", "points_earned", "points", "chip")
"""What a person is shown of a request, and of its answer where that says something else."""
_TAG = "tag_"


def _arguments(parser: ArgumentParser) -> None:
    add_address(parser)
    add_kept(
        parser,
        "--store",
        beside=STORE_BESIDE,
        metavar="FILE",
        help="the bank's books, one SQLite file, and the acquirer's beside it; left out, they are forgotten at the end",
    )
    add_rules(parser, BANK, "host")
    add_cards(parser)
    add_terms(parser)
    add_line(parser)
    add_switched(parser)
    add_json(parser, HostReady, HostExchange, words="one line of JSON per request")


def serve(args: Namespace) -> int:
    """Answer terminals until Ctrl-C or SIGTERM."""
    screen = LeashScreen(json=args.json)
    with ExitStack() as stack:
        wait = stack.enter_context(signals_held())
        profiles = profiles_named(args.card)
        stack.enter_context(store_alone(args.store))
        settings = settings_of(profiles, args)
        day = HostDay(settings)
        issuer = stack.enter_context(opened_issuer(profiles, args.store, args, day.date))
        asked = switched_issuer(switch_end(issuer, screen.report), screen) if args.switched else issuer
        end = stack.enter_context(opened_acquirer(asked, settings, day.now, args, screen.report))

        def listening(port: int) -> None:
            facts = HostReady(
                host=args.host,
                port=port,
                store=args.store or "",
                rules=args.rules or "",
                mac=args.mac_kind,
                switched=args.switched,
                cards=[masked_account(pan) for pan in issuer.cards],
                terminals=[number for number, _ in args.terminal],
            )
            screen.tell(facts, listening_words((facts.host, port), len(facts.cards), facts.store, facts.rules))

        def exchange(handled: _Handled) -> None:
            facts = _facts(handled)
            screen.tell(facts, _line(facts, handled.rule, screen.paint))

        def order(name: str, request: LineRequest) -> None:
            account = account_asked(request)
            if name in ORDER_NAMES and account in issuer.cards:
                issuer.order(account, order_called(name))

        names = end.form.names()._replace(orders=ORDER_NAMES)
        how = ServedAs(BANK, screen, listening, wait, names)
        serve_on_leash(args, end.answer, end.form, exchange, how, order)
    return DONE


def _facts(handled: _Handled) -> HostExchange:
    message = handled.request.message
    answer = None if handled.answer is None else handled.answer.message
    kind, code = pos_message(message), "" if answer is None else answer.text(39)
    words = response_code(code)
    return HostExchange(
        time=beijing_now(),
        terminal=message.text(41),
        merchant=message.text(42),
        batch=parted(60, message.text(60)).get("batch", ""),
        stan=message.text(11),
        message="" if kind is None else kind.name,
        message_zh="" if kind is None else kind.zh,
        asked=_told(message),
        code=code,
        code_zh=words.zh if code else "",
        code_en=words.en if code else "",
        answered={} if answer is None else _told(answer),
        carried_out=handled.carried_out,
        rule=followed_facts(handled.rule),
    )


def _told(message: AcquirerMessage) -> dict[str, str | int]:
    """What rules can ask of a message, the account masked; of chip data which tags there are."""
    facts = pos_facts(message)
    tags = " ".join(name.removeprefix(_TAG) for name in facts if name.startswith(_TAG))
    told = {name: value for name, value in facts.items() if not name.startswith(_TAG)}
    if "pan" in told:
        told["pan"] = masked_account(str(told["pan"]))
    return told | ({"chip": tags} if tags else {})


def _line(facts: HostExchange, applied: AppliedRule | None, paint: Paint) -> str:
    head = f"{facts.time[8:10]}:{facts.time[10:12]}:{facts.time[12:14]} {facts.terminal} {facts.batch}#{facts.stan}"
    name = paint("name", f"{facts.message_zh} {facts.message}" if facts.message else str(facts.asked.get("mti", "")))
    code = f"{facts.code} {facts.code_zh} {facts.code_en}" if facts.code else "no answer 无应答"
    answer = paint("good" if facts.code == "00" else "bad", code)
    said = {name: value for name, value in facts.answered.items() if facts.asked.get(name) != value}
    line = f"{head} {name} {_listed(facts.asked, _ASKED)} → {answer} {_listed(said, _ANSWERED)}"
    return " ".join(f"{line}{followed_words(applied, paint, carried_out=facts.carried_out)}".split())


def _listed(told: dict[str, str | int], names: tuple[str, ...]) -> str:
    return " ".join(f"{name}={told[name]}" for name in names if name in told)


HOST_SERVE = Subcommand(
    "serve", "answer payment terminals over TCP until Ctrl-C, and show every request", _arguments, serve
)
