"""``dualcos host card``: how a card stands in the bank's books, and orders for it, while the host runs or not."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from dualcos.cli.facts.host_facts import HostCard, WaitingScript
from dualcos.cli.file_arguments import add_input, add_kept
from dualcos.cli.host_bank import ORDER_NAMES, demand_store, opened_issuer, order_called, profiles_named
from dualcos.cli.host_card_scripts import OrderedScript, add_scripts, ordered_script
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import columns
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.registered_bank_cards import STATES
from dualcos.issuance.bank.authorisation.script_desk import UnsendableScript
from dualcos.messages.acquirer_messages import masked_account
from dualcos.profile.bank_order import bank_card
from dualcos.profile.field_faults import nearest
from dualcos.profile.schema import file_of
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "card", where=file_of, metavar="PROFILE", help="whose card, by name or .toml file")
    parser.add_argument(
        "order",
        nargs="?",
        metavar="ORDER",
        help=f"what is ordered: {', '.join(sorted(ORDER_NAMES))}; left out: nothing",
    )
    add_scripts(parser)
    add_kept(
        parser, "--store", required=True, beside=DATABASE_BESIDE, metavar="FILE", help="the file that `serve` keeps"
    )
    add_json(parser, HostCard)


def _card(args: Namespace) -> int:
    if args.order is not None and args.order not in ORDER_NAMES:
        near = nearest(args.order, ORDER_NAMES)
        raise Fault(f"{args.order}: no such order; {near or '`dualcos host card --help` lists them'}")
    demand_store(args.store)
    profiles = profiles_named([args.card])
    pan = bank_card(profiles[0]).pan
    asked = ordered_script(args, pan)
    with opened_issuer(profiles, args.store, args) as issuer:
        if pan not in issuer.cards:
            raise Fault(f"{args.card}: its card has no date of expiry, so it is in no register")
        name, script = _ordered(issuer, pan, args.order, asked)
        facts = _facts(issuer, pan, args, name, script)
    tell(args, facts, _words(facts))
    return DONE


def _ordered(issuer: IssuerCore, pan: str, order: str | None, asked: OrderedScript | None) -> tuple[str, str]:
    """What is ordered, and the identifier of the script that waits then; both empty for nothing. Raises Fault."""
    if asked is None:
        return order or "", issuer.order(pan, order_called(order)).script if order else ""
    try:
        return asked.name, issuer.queue_script(pan, asked.script)
    except UnsendableScript as error:
        raise Fault(f"{asked.name}: {error}") from None


def _facts(issuer: IssuerCore, pan: str, args: Namespace, name: str, script: str) -> HostCard:
    card, memory = issuer.cards[pan], issuer.books.memory(pan)
    return HostCard(
        pan=masked_account(pan),
        profile=args.card,
        state=card.state,
        state_zh=STATES[card.state].zh,
        order=name,
        script=script,
        atc=memory.atc,
        wrong_pins=memory.wrong_pins,
        wrong_cryptograms=memory.wrong_cryptograms,
        scripts=[
            WaitingScript(
                identifier=each.identifier,
                subject=each.subject,
                commands=[header for header, _ in each.commands],
                state=each.state,
                reference=each.reference,
            )
            for each in issuer.scripts.scripts(pan)
        ],
    )


def _words(facts: HostCard) -> Iterator[str]:
    paint = paint_for(sys.stdout)
    if facts.order:
        queued = f", script 脚本 {facts.script} waits 待发" if facts.script else ""
        yield paint("good", f"{facts.order} ordered 已办理{queued}")
    counted = f"counter 计数器 {facts.atc}, wrong PINs 密码错 {facts.wrong_pins}"
    counted += f", wrong cryptograms 密文错 {facts.wrong_cryptograms}"
    yield f"{facts.pan} {facts.state_zh} {facts.state}, {counted}"
    yield from columns(
        (f"  {each.identifier}", each.subject, " ".join(each.commands), each.state, each.reference)
        for each in facts.scripts
    )


HOST_CARD = Subcommand(
    "card", "how a card stands in the bank's books; report it lost, block it, send it scripts", _arguments, _card
)
