"""How fast the card is in process: commands a second, and crypto commands against their bare primitives.

Figures are medians in one process on one core. Nothing here is asserted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import dualcos
from cos.card import Card
from dualcos.dialogue.making import SOCIAL_FORM
from dualcos.explain import Explainer, RawRecord, TracedCard, text
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.schema import load
from dualcos.profile.social_order import key_service, social_card
from firewall.trace import TraceBuffer
from keys import bank_cryptography
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.social_cryptography import authentication_data

BURSTS = 200
T = TypeVar("T")
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
SELECT_PSE = bytes.fromhex("00A404000E315041592E5359532E4444463031")
CHALLENGE = bytes.fromhex("0084000008")


class Figure(NamedTuple):
    """One line: what, how many a second, and a ratio to something that means something."""

    what: str
    rate: float
    note: str = ""


def per_second(call: Callable[[], object], count: int) -> float:
    """The rate of ``call`` in the median of short bursts: what else the machine does falls between them."""
    burst = max(1, count // BURSTS)
    times = []
    for _ in range(BURSTS):
        start = time.perf_counter()
        for _ in range(burst):
            call()
        times.append((time.perf_counter() - start) / burst)
    return 1 / statistics.median(times)


def seconds(call: Callable[[T], object], before: Callable[[], T], count: int = 4_000) -> float:
    """The median time of ``call`` alone; what ``before`` does each time is off the clock."""
    times = []
    for _ in range(count):
        argument = before()
        start = time.perf_counter()
        call(argument)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def plain(card: Card, name: str, command: bytes, before: Iterable[bytes] = ()) -> Figure:
    """One command over and over."""
    for step in before:
        card.exchange(step)
    return Figure(name, per_second(lambda: card.exchange(command), 20_000))


def external_authentication(profile_name: str) -> Figure:
    """EXTERNAL AUTHENTICATION with UKSSSE; the challenge and the terminal's half are off the clock."""
    profile = load(profile_name)
    assert profile.ssse is not None
    key = key_service(profile, profile.ssse).card_key("UKSSSE", social_card(profile, profile.ssse))
    card = dualcos.card(profile, seed=1)
    card.power_on()
    card.exchange(SELECT_SSSE)

    def proof() -> bytes:
        return SOCIAL_FORM.proof(key, card.exchange(CHALLENGE)[:8], kid=0x04)

    assert card.exchange(proof()) == b"\x90\x00"
    whole = seconds(card.exchange, proof)
    bare = seconds(lambda _: authentication_data(key, bytes(8), bytes(8)), lambda: None)
    return Figure(f"EXTERNAL AUTHENTICATION ({profile_name})", 1 / whole, f"{whole / bare:.2f} x its bare primitives")


SELECT_DEBIT = bytes.fromhex("00A4040008A000000333010101")
GPO = bytes.fromhex("80A800000B8309000000000123450156")
GENERATE_AC = bytes.fromhex(
    "80AE800034000000012345000000000000015600000480000156261124003F7C21A9143052544553542053484F502020202020202020202020"
)


def generate_ac() -> Figure:
    """The first GENERATE AC of a transaction; SELECT and GPO are off the clock."""
    card = dualcos.card("dual-2.0-3des")
    card.power_on()

    def opened() -> bytes:
        card.exchange(SELECT_DEBIT)
        card.exchange(GPO)
        return GENERATE_AC

    whole = seconds(card.exchange, opened)
    key = KeyHandle(TDES, bytes(range(16)))
    bare = seconds(
        lambda _: bank_cryptography.cryptogram(bank_cryptography.session_key(key, b"\0\1"), bytes(37)), lambda: None
    )
    return Figure("GENERATE AC", 1 / whole, f"{whole / bare:.2f} x its bare primitives")


def explanations(profile_name: str) -> tuple[Figure, Figure, Figure]:
    """What a listener's thread does behind an exchange: of a command that was done, of one that was refused, of a proof
    that nothing fits, for which all usual wrong inputs are tried.
    """
    events = TraceBuffer()
    card = dualcos.card(profile_name, trace=events)
    kept: list[RawRecord] = []
    traced = TracedCard(card, events, kept.append)
    traced.power_on()
    for command in (SELECT_SSSE, CHALLENGE, bytes.fromhex("00B2090099"), bytes.fromhex("0082000A10") + bytes(16)):
        traced.exchange(command)
    view = view_of(card)

    def explained(record: RawRecord, before: Sequence[RawRecord]) -> float:
        explainer = Explainer(view=view)
        for each in before:
            explainer.explain(each)
        start = time.perf_counter()
        text(explainer.explain(record))
        return time.perf_counter() - start

    taken = [statistics.median(explained(kept[at], kept[:at]) for _ in range(60)) for at in (2, 3, 4)]
    names = ("GET CHALLENGE", "READ RECORD, refused", "EXTERNAL AUTHENTICATION, no key fits")
    done, refused, tried = (
        Figure(f"explaining {name} ({profile_name})", 1 / each, f"{each * 1000:.2f} ms")
        for name, each in zip(names, taken, strict=True)
    )
    return done, refused, tried


def snapshots(card: Card) -> tuple[Figure, Figure]:
    """Snapshot alone, and snapshot with restore and power-on."""
    taken = per_second(card.snapshot, 2_000)
    image = card.snapshot()

    def back() -> None:
        card.restore(image)
        card.power_on()

    return (
        Figure("snapshot", taken, f"{1e6 / taken:.1f} microseconds"),
        Figure("restore and power on", per_second(back, 500)),
    )


def figures() -> list[Figure]:
    """All of them."""
    card = dualcos.card("dual-2.0-3des")
    card.power_on()
    return [
        plain(card, "SELECT SSSE, again and again", SELECT_SSSE),
        Figure(
            "SELECT SSSE and PSE in turn",
            2 * per_second(lambda: (card.exchange(SELECT_SSSE), card.exchange(SELECT_PSE)), 2_000),
        ),
        plain(card, "SELECT EF05", bytes.fromhex("00A4020002EF05"), [SELECT_SSSE]),
        plain(card, "READ RECORD by number", bytes.fromhex("00B2010412")),
        plain(card, "READ RECORD by tag", bytes.fromhex("00B207000B")),
        plain(card, "VERIFY", bytes.fromhex("0020000003123456")),
        plain(card, "GET CHALLENGE", CHALLENGE),
        external_authentication("dual-2.0-3des"),
        external_authentication("dual-3.0-sm4"),
        generate_ac(),
        *explanations("dual-2.0-3des"),
        *snapshots(card),
    ]


def main() -> None:
    """Print the table."""
    for figure in figures():
        print(f"  {figure.what:<46}{figure.rate:>12,.0f} /s   {figure.note}")


if __name__ == "__main__":
    main()
