"""How fast the card is in process: commands a second, and crypto commands against their bare primitives.

Figures are medians of several rounds in one process on one core. Nothing here is asserted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cos.card import Card
from cos.personalise.social import key_service, social_card
from cos.profile import load
from keys import bank
from keys.algorithms import TDES
from keys.handle import KeyHandle
from keys.social import authentication_data

ROUNDS = 5
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
SELECT_PSE = bytes.fromhex("00A404000E315041592E5359532E4444463031")
CHALLENGE = bytes.fromhex("0084000008")


class Figure(NamedTuple):
    """One line: what, how many a second, and a ratio to something that means something."""

    what: str
    rate: float
    note: str = ""


def per_second(call: Callable[[], object], count: int) -> float:
    """The median rate of ``call`` over the rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            call()
        rates.append(count / (time.perf_counter() - start))
    return statistics.median(rates)


def plain(card: Card, name: str, command: bytes, before: Iterable[bytes] = ()) -> Figure:
    """One command over and over."""
    for step in before:
        card.exchange(step)
    return Figure(name, per_second(lambda: card.exchange(command), 20_000))


def external_authentication(profile_name: str) -> Figure:
    """GET CHALLENGE and EXTERNAL AUTHENTICATION with UKSSSE; the challenge's own time is taken off."""
    profile = load(profile_name)
    assert profile.ssse is not None
    key = key_service(profile, profile.ssse).card_key("UKSSSE", social_card(profile, profile.ssse))
    card = Card.from_profile(profile, seed=1)
    card.power_on()
    card.exchange(SELECT_SSSE)
    original = bytes(8)
    count = 5_000
    # The terminal's half is computed beforehand: only the card is on the clock.
    rehearsal = Card.from_profile(profile, seed=1)
    rehearsal.power_on()
    rehearsal.exchange(SELECT_SSSE)
    commands = [
        b"\x00\x82\x00\x04\x10" + authentication_data(key, rehearsal.exchange(CHALLENGE)[:8], original) + original
        for _ in range(count * ROUNDS)
    ]
    spent, drawn = [], []
    for round_ in range(ROUNDS):
        start = time.perf_counter()
        for command in commands[round_ * count : (round_ + 1) * count]:
            card.exchange(CHALLENGE)
            answer = card.exchange(command)
        spent.append((time.perf_counter() - start) / count)
        assert answer == b"\x90\x00"
    seconds = per_second(lambda: card.exchange(CHALLENGE), count)
    drawn.append(1 / seconds)
    rate = 1 / (statistics.median(spent) - drawn[0])
    bare = per_second(lambda: authentication_data(key, original, original), count)
    return Figure(f"EXTERNAL AUTHENTICATION ({profile_name})", rate, f"{bare / rate:.2f} x its bare primitives")


SELECT_DEBIT = bytes.fromhex("00A4040008A000000333010101")
GPO = bytes.fromhex("80A800000B8309000000000123450156")
GENERATE_AC = bytes.fromhex(
    "80AE800034000000012345000000000000015600000480000156261124003F7C21A9143052544553542053484F502020202020202020202020"
)


def generate_ac() -> Figure:
    """The first GENERATE AC of a transaction; what SELECT and GPO take is taken off."""
    card = Card.from_profile("dual-2.0-3des")
    card.power_on()

    def with_cryptogram() -> None:
        card.exchange(SELECT_DEBIT)
        card.exchange(GPO)
        card.exchange(GENERATE_AC)

    def without() -> None:
        card.exchange(SELECT_DEBIT)
        card.exchange(GPO)

    count = 1_000
    seconds = 1 / per_second(with_cryptogram, count) - 1 / per_second(without, count)
    key = KeyHandle(TDES, bytes(range(16)))

    def primitives() -> None:
        bank.cryptogram(bank.session_key(key, b"\0\1"), bytes(37))

    bare = per_second(primitives, count)
    return Figure("GENERATE AC", 1 / seconds, f"{bare * seconds:.2f} x its bare primitives")


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
    card = Card.from_profile("dual-2.0-3des")
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
        *snapshots(card),
    ]


def main() -> None:
    """Print the table."""
    for figure in figures():
        print(f"  {figure.what:<46}{figure.rate:>12,.0f} /s   {figure.note}")


if __name__ == "__main__":
    main()
