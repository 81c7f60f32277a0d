"""The medical account's terminal, written a second time (SSC-5 §7, SSC-7 §11 to §15; 医保结算交易流程 §1).

Its MACs cover no command header; its session keys come from the card's random number of four bytes and counters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.erring_terminal.explained_card import ExplainedCard, apdu
from tests.erring_terminal.input_names import AMOUNTS, KEY, RANDOM, SEQUENCE, TERMINAL, TERMINAL_SEQUENCE, TIME, TYPE
from tests.erring_terminal.second_ciphers import padded_80
from tests.erring_terminal.second_social_host import (
    PIN,
    HostKey,
    SocialHost,
    block_of,
    cut_mac,
    last_block,
    pin_bytes,
    process_key,
    session_cipher,
)

LOAD, SETTLEMENT = b"\x31", b"\x32"  # one character, V2.0 table 51
TERMINAL_NUMBER = bytes.fromhex("990000000001")
TERMINAL_COUNT = bytes.fromhex("00010205")
TIME_OF_DAY = bytes.fromhex("20261129093015")
AMOUNT = 5_000_123
SELF_PAID, POOLED = 20_001, 30_517


def number(value: int) -> bytes:
    """Fen, binary, four bytes."""
    return value.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class MedicalWays:
    """CREDIT FOR LOAD or DEBIT FOR PURCHASE, step by step: what its MAC is made of."""

    key: Callable[[MedicalHost], HostKey] = lambda host: host.key
    value: Callable[[bytes], bytes] = lambda value: value
    random: Callable[[MedicalHost], bytes] = lambda host: host.random
    sequence: Callable[[bytes], bytes] = lambda sequence: sequence
    tail: Callable[[bytes], bytes] = lambda tail: tail
    session: Callable[[str, bytes, bytes], bytes] = process_key
    amounts: Callable[[list[bytes]], list[bytes]] = lambda amounts: amounts
    kind: Callable[[bytes], bytes] = lambda kind: kind
    terminal: Callable[[bytes], bytes] = lambda terminal: terminal
    time: Callable[[bytes], bytes] = lambda time: time
    order: Callable[[list[bytes]], bytes] = b"".join
    header: bytes = b""
    pad: Callable[[bytes, int], bytes] = padded_80
    iv: Callable[[MedicalHost, int], bytes] = lambda host, block: bytes(block)  # noqa: ARG005 - a mistaken host's
    chain: Callable[[str, bytes, bytes, bytes], bytes] = last_block
    cut: Callable[[str, bytes], bytes] = cut_mac
    sent: Callable[[bytes], bytes] = lambda mac: mac


RIGHT_MEDICAL = MedicalWays()


@dataclass
class MedicalHost(SocialHost):
    """A terminal in DF04. ``sequence``: of the transaction begun, as the card answered it."""

    sequence: bytes = b""

    def enter(self) -> None:
        """The holder's PIN, then DF04."""
        self.select()
        self.card.ok(apdu("00200000", pin_bytes(PIN)))
        self.select("DF04")

    def begin_load(self, amount: int = AMOUNT, index: int = 1) -> bytes:
        """INITIALIZE FOR LOAD."""
        answer = self.card.ok(apdu("B0280001", bytes((index,)) + number(amount) + TERMINAL_NUMBER))
        self.sequence, self.random = answer[4:6], answer[8:12]
        self.randoms.append(self.random)
        self.key = self.tree(f"DLK{index:02X}", answer[6]).card
        return answer

    def begin_purchase(self, self_paid: int = SELF_PAID, pooled: int = POOLED, index: int = 1) -> bytes:
        """INITIALIZE FOR PURCHASE, nothing off the account: online settlement."""
        amounts = number(0) + number(self_paid) + number(pooled)
        answer = self.card.ok(apdu("B0280101", bytes((index,)) + amounts + TERMINAL_NUMBER))
        self.sequence, self.random = answer[14:16], answer[18:22]
        self.randoms.append(self.random)
        self.key = self.tree(f"DPK{index:02X}", answer[16]).card
        return answer

    def _mac(self, tail: bytes, amounts: list[bytes], kind: bytes, ways: MedicalWays) -> bytes:
        key = ways.key(self)
        algorithm, value = key.algorithm, ways.value(key.value)
        session = ways.session(algorithm, value, ways.random(self) + ways.sequence(self.sequence) + ways.tail(tail))
        self.keep(value, session)
        fields = [
            *ways.amounts(amounts), ways.kind(kind), ways.terminal(TERMINAL_NUMBER), ways.time(TIME_OF_DAY),
        ]  # fmt: skip
        cipher = session_cipher(algorithm)
        block = block_of(cipher)
        covered = ways.pad(ways.header + ways.order(fields), block)
        self.used = {
            KEY: self.key.named, RANDOM: self.random, SEQUENCE: self.sequence, AMOUNTS: b"".join(amounts), TYPE: kind,
            TERMINAL: TERMINAL_NUMBER, TIME: TIME_OF_DAY,
        }  # fmt: skip
        return ways.sent(ways.cut(cipher, ways.chain(cipher, session, ways.iv(self, block), covered)))

    def credit(self, ways: MedicalWays = RIGHT_MEDICAL, amount: int = AMOUNT) -> int:
        """CREDIT FOR LOAD with MAC2."""
        mac = self._mac(b"\x80\x00", [number(amount)], LOAD, ways)
        return self.card.send(apdu("B02A0000", TIME_OF_DAY + mac))[1]

    def debit_at(self, time: bytes) -> int:
        """DEBIT FOR PURCHASE at another time, its MAC1 over that."""
        amounts = [number(0), number(SELF_PAID), number(POOLED)]
        mac = self._mac(TERMINAL_COUNT[-2:], amounts, SETTLEMENT, replace(RIGHT_MEDICAL, time=lambda _: time))
        return self.card.send(apdu("B02C0100", TERMINAL_COUNT + time + mac))[1]

    def debit(self, ways: MedicalWays = RIGHT_MEDICAL, self_paid: int = SELF_PAID, pooled: int = POOLED) -> int:
        """DEBIT FOR PURCHASE with MAC1."""
        mac = self._mac(TERMINAL_COUNT[-2:], [number(0), number(self_paid), number(pooled)], SETTLEMENT, ways)
        self.used |= {TERMINAL_SEQUENCE: TERMINAL_COUNT}
        return self.card.send(apdu("B02C0100", TERMINAL_COUNT + TIME_OF_DAY + mac))[1]


def load(card: ExplainedCard, ways: MedicalWays) -> MedicalHost:
    """One load before, so that there is an older one; then the load in question."""
    host = MedicalHost(card)
    host.enter()
    host.begin_load()
    assert host.credit() == 0x9000
    host.begin_load()
    host.credit(ways)
    return host


def purchase(card: ExplainedCard, ways: MedicalWays) -> MedicalHost:
    """One settlement before; then the one in question."""
    host = MedicalHost(card)
    host.enter()
    host.begin_purchase()
    assert host.debit() == 0x9000
    host.begin_purchase()
    host.debit(ways)
    return host
