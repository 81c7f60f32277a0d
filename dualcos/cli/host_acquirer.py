"""The acquirer of ``dualcos host``: its front with its own journal, and what of it the arguments say."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.user_faults import Fault
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
from keys.custody.exclusive_use import used_alone
from keys.line_cryptography import LineMac

_JOURNAL = "-acquirer"
STORE_BESIDE = (*DATABASE_BESIDE, _JOURNAL, *(f"{_JOURNAL}{ending}" for ending in DATABASE_BESIDE))
"""Endings of what lies beside a bank's books: the acquirer's journal, and what SQLite keeps with both."""
_MAC_KINDS = (LineMac.ECB_HEX, LineMac.XOR_3DES, LineMac.X919)


def add_line(parser: ArgumentParser) -> None:
    """``--terminal``, ``--mac-kind``, ``--keys``, ``--key-hours``, ``--cut-over``, ``--cut-over-minutes``."""
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
    usual = USUAL_ACQUIRER
    parser.add_argument(
        "--key-hours", metavar="HOURS", type=_whole, default=usual.key_hours,
        help="so long a sign-on's keys are good (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--cut-over", metavar="HHMMSS", type=_time_of_day, default=usual.cut_over,
        help="when the business date of acquirer and bank changes, Beijing time (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--cut-over-minutes", metavar="MINUTES", type=_whole, default=usual.cut_over_minutes,
        help="so long payments are answered 90 from then on (default %(default)s)",
    )  # fmt: skip


def journal_beside(store: str | None) -> str:
    """The file of the acquirer's journal beside a bank's books."""
    return f"{store}{_JOURNAL}" if store else IN_MEMORY


class HostDay:
    """One clock and one business date for acquirer and bank: those of the message that is being carried out."""

    def __init__(self, settings: AcquirerSettings, clock: Callable[[], str] = beijing_now) -> None:
        self._settings, self._clock = settings, clock
        self._at = clock()

    def now(self) -> str:
        """YYYYMMDDhhmmss; the acquirer asks once for each message."""
        self._at = self._clock()
        return self._at

    def date(self) -> str:
        """YYYYMMDD, as it was when that message came."""
        return business_day(self._settings, self._at)


@contextmanager
def store_alone(store: str | None) -> Iterator[None]:
    """While this lasts no other host serves these books: each looks for a message before it writes that it came.

    Raises BooksError, Fault if one does.
    """
    if store is None:
        yield
        return
    journal = journal_beside(store)
    AcquirerBooks(journal).close()  # there is a file that can be locked

    def busy() -> None:
        raise Fault(f"{store}: another `dualcos host serve` has these books; stop it, or take another --store")

    with used_alone(journal, busy):
        yield


def settings_of(profiles: Sequence[Profile], args: Namespace) -> AcquirerSettings:
    """What the arguments say, for terminals that take these profiles' cards."""
    aids = {bytes.fromhex(profile.pse.aid) for profile in profiles if profile.pse is not None}
    return AcquirerSettings(
        tagged=args.keys == "tagged",
        anyone=not args.terminal,
        parameters=tuple(AidParameters(aid) for aid in sorted(aids)),
        authority_keys=tuple(test_authority_keys().values()),
        key_hours=args.key_hours,
        cut_over=args.cut_over,
        cut_over_minutes=args.cut_over_minutes,
    )


@contextmanager
def opened_acquirer(
    issuer: AuthorisingIssuer,
    settings: AcquirerSettings,
    now: Callable[[], str],
    args: Namespace,
    report: Callable[[str], None],
) -> Iterator[AcquirerLineEnd]:
    """The acquirer in front of ``issuer``; ``now``: YYYYMMDDhhmmss. Raises BooksError."""
    means = AcquirerMeans(terminal_master_key, pin_zone_key(), SystemRng().bytes, now)
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


def _whole(text: str) -> int:
    """Raises ArgumentTypeError."""
    if not re.fullmatch(r"(?a)\d{1,4}", text):
        raise ArgumentTypeError("a whole number from 0 to 9999")
    return int(text)


def _time_of_day(text: str) -> str:
    """Raises ArgumentTypeError."""
    if not re.fullmatch(r"(?a)([01]\d|2[0-3])[0-5]\d[0-5]\d", text):
        raise ArgumentTypeError("a time of day, six digits: 230000")
    return text
