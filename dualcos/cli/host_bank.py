"""The bank behind ``dualcos host``: the issuer of profiles' cards on its books, and what is ordered there."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS, CardOrder
from dualcos.issuance.bank.authorisation.cards_of_bank_profiles import cards_of_bank_profiles
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.issuer_means import IssuerMeans, OnlinePins
from dualcos.issuance.bank.authorisation.kept_card_states import KeptRegister
from dualcos.issuance.bank.authorisation.merchant_agreements import MerchantAgreement
from dualcos.issuance.bank.authorisation.registered_bank_cards import IssuerTerms
from dualcos.issuance.bank.switch_member_end import SwitchMemberEnd
from dualcos.profile.line_test_keys import pin_verification_key, pin_zone_key, switch_mac_key
from dualcos.profile.schema import Profile, file_of, load, names
from dualcos.sqlitefile.durable_database import IN_MEMORY
from firewall.hardware.randomness import SystemRng

OPENING = 1_000_000
_MOST_OPENING = 999_999_999_999
_PROGRAMME = "POINTS"


def add_cards(parser: ArgumentParser) -> None:
    """``--card``."""
    add_input(
        parser,
        "--card",
        where=file_of,
        metavar="PROFILE",
        action="append",
        help="whose card is in the register, by name or .toml file; repeat for more (default: all that come along)",
    )


def add_terms(parser: ArgumentParser) -> None:
    """``--opening`` and ``--agreed``."""
    parser.add_argument(
        "--opening", metavar="FEN", type=int, default=OPENING, help="on each new account (default %(default)s)"
    )
    parser.add_argument(
        "--agreed",
        metavar="MERCHANT:OFF:POINTS",
        type=_agreement,
        action="append",
        default=[],
        help="a merchant with value-added services: percent off its prices, points for each yuan; repeat for more",
    )


def profiles_named(chosen: Sequence[str] | None) -> list[Profile]:
    """Those of ``--card``, all that come along without it. Raises Fault if none has a bank side."""
    found = [profile for name in chosen or names() if (profile := load(name)).pse is not None]
    if not found:
        raise Fault(f"--card {', '.join(chosen or ())}: no card with a bank side; bank-dda has one")
    return found


@contextmanager
def opened_issuer(
    profiles: Sequence[Profile], store: str | None, args: Namespace, business_day: Callable[[], str] | None = None
) -> Iterator[IssuerCore]:
    """The issuer of these profiles' cards on its books; ``store``: a file, None for memory.

    Raises BooksError, Fault.
    """
    opening = getattr(args, "opening", OPENING)
    if not 0 <= opening <= _MOST_OPENING:
        raise Fault(f"--opening {opening}: fen, from 0 to {_MOST_OPENING}")
    verification = pin_verification_key()
    known = cards_of_bank_profiles(profiles, opening, verification=verification)
    books = BankBooks(store or IN_MEMORY)
    means = IssuerMeans(
        cards=KeptRegister(known.cards, books),
        keys=known.keys,
        pins=OnlinePins(pin_zone_key(), verification),
        books=books,
        now=beijing_now,
        business_day=business_day or (lambda: beijing_now()[:8]),
        random=SystemRng().bytes,
        terms=IssuerTerms(agreements=dict(getattr(args, "agreed", ()))),
    )
    issuer = IssuerCore(means)
    try:
        yield issuer
    finally:
        issuer.close()


def switch_end(issuer: IssuerCore, report: Callable[[str], None]) -> Callable[[bytes], bytes]:
    """Its end of the line from a switch: frames that come, frames that go back. ``report`` is told what was wrong."""
    return SwitchMemberEnd(issuer, switch_mac_key(), report).answer


def order_called(name: str) -> CardOrder:
    """An order of ``CARD_ORDERS``. Raises KeyError."""
    return CARD_ORDERS[name]


ORDER_NAMES = frozenset(CARD_ORDERS)


def demand_store(store: str) -> None:
    """Raises Fault: there are no books in that file yet."""
    if not Path(store).exists():
        raise Fault(f"{store}: there are no books; `dualcos host serve --store {store}` makes some")


def _agreement(text: str) -> tuple[str, MerchantAgreement]:
    """Raises ArgumentTypeError."""
    found = re.fullmatch(r"(?a)([^:]{1,15}):(\d{1,2}):(\d{1,6})", text)
    if found is None:
        raise ArgumentTypeError("a merchant's number, percent off from 0 to 99, and points for each yuan, as M:10:2")
    return found[1], MerchantAgreement(programme=_PROGRAMME, percent_off=int(found[2]), points_per_yuan=int(found[3]))
