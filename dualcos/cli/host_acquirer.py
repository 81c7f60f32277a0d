"""The acquirer of ``dualcos host``: its front with its own journal, and what of it the arguments say."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from dualcos.cli.beijing_time import beijing_now
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_day import business_day
from dualcos.issuance.acquirer.acquirer_front import AcquirerFront, AcquirerMeans
from dualcos.issuance.acquirer.acquirer_line_end import AcquirerLineEnd
from dualcos.issuance.acquirer.acquirer_settings import USUAL_ACQUIRER, AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import account_in
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.messages.authorisation import AuthorisingIssuer
from dualcos.messages.pos_form import LineRequest
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import pin_zone_key, terminal_master_key
from dualcos.profile.schema import Profile
from dualcos.profile.terminal_keys import test_authority_keys
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from firewall.hardware.randomness import SystemRng
from keys.line_cryptography import LineMac

_JOURNAL = "-acquirer"
STORE_BESIDE = (*DATABASE_BESIDE, _JOURNAL, *(f"{_JOURNAL}{ending}" for ending in DATABASE_BESIDE))
"""Endings of what lies beside a bank's books: the acquirer's journal, and what SQLite keeps with both."""
_MAC_KINDS = (LineMac.ECB_HEX, LineMac.XOR_3DES, LineMac.X919)


def add_line(parser: ArgumentParser) -> None:
    """``--terminal``, ``--mac-kind``, ``--keys``."""
    parser.add_argument(
        "--terminal",
        metavar="NUMBER:MERCHANT",
        type=_terminal,
        action="append",
        default=[],
        help="a terminal of the register; repeat for more (default: any that signs on is entered)",
    )
    parser.add_argument(
        "--mac-kind",
        choices=[kind.value for kind in _MAC_KINDS],
        default=LineMac.ECB_HEX.value,
        help="how messages are sealed (default %(default)s)",
    )
    parser.add_argument(
        "--keys",
        choices=["untagged", "tagged"],
        default="untagged",
        help="how a sign-on's working keys are laid out in field 62 (default %(default)s)",
    )


def journal_beside(store: str | None) -> str:
    """The file of the acquirer's journal beside a bank's books."""
    return f"{store}{_JOURNAL}" if store else IN_MEMORY


def business_date() -> str:
    """YYYYMMDD: the day changes at the acquirer's cut-over."""
    return business_day(USUAL_ACQUIRER, beijing_now())


@contextmanager
def opened_acquirer(
    issuer: AuthorisingIssuer, profiles: Sequence[Profile], args: Namespace, report: Callable[[str], None]
) -> Iterator[AcquirerLineEnd]:
    """The acquirer in front of ``issuer``, for terminals that take these profiles' cards. Raises BooksError."""
    aids = {bytes.fromhex(profile.pse.aid) for profile in profiles if profile.pse is not None}
    settings = AcquirerSettings(
        tagged=args.keys == "tagged",
        anyone=not args.terminal,
        parameters=tuple(AidParameters(aid) for aid in sorted(aids)),
        authority_keys=tuple(test_authority_keys().values()),
    )
    means = AcquirerMeans(terminal_master_key, pin_zone_key(), SystemRng().bytes, beijing_now)
    with closing(AcquirerBooks(journal_beside(args.store))) as books:
        front = AcquirerFront(issuer, books, means, settings)
        for number, merchant in args.terminal:
            front.register(RegisteredTerminal(number=number, merchant=merchant))
        yield AcquirerLineEnd(front, LineMac(args.mac_kind), report)


def account_asked(request: LineRequest) -> str:
    """The account that a request is about, empty for none."""
    return account_in(request.message)


def _terminal(text: str) -> tuple[str, str]:
    """Raises ArgumentTypeError."""
    found = re.fullmatch(r"([^:]{1,8}):([^:]{1,15})", text)
    if found is None:
        raise ArgumentTypeError("a terminal's number of up to 8 characters, a colon, its merchant's of up to 15")
    return found[1], found[2]
