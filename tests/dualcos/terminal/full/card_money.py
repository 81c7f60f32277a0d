"""What a dual card itself says of what it settled and paid: its counters and totals, the logs of both sides, the proof
of its last transaction, by APDUs; and TACs computed anew from its log, with the key that its region's master gives it
(SSC-7 §14, §15; SSC-9 §7), by ``cryptography`` alone.
"""

from __future__ import annotations

from typing import NamedTuple

from cos.card import Card
from tests.dualcos.terminal.financial.money_counts import Logged, log_of
from tests.dualcos.terminal.social.three_counts import Counted, counted_on_card
from tests.dualcos.terminal.terminal_bench import PIN
from tests.erring_terminal.second_ciphers import cbc, padded_80, xor
from tests.erring_terminal.second_social_host import block_of, cut_mac, derived, tree_of

_SM4 = "9F0C03"
"""In the answer to SELECT: the algorithm of the environment."""
_SETTLEMENT, _LOG_LENGTH, _SSSE = "32", 28, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


class LoggedSettlement(NamedTuple):
    """One record of DF04's log; amounts are what the card was told, in fen."""

    terminal: str
    time: str
    account: int
    self_paid: int
    pooled: int


class CardMoney(NamedTuple):
    """``number``, ``identification``: what slips and books call it. ``social``: counters and totals of DF04;
    ``settled``: its log by sequence number, newest ten at most, loads left out; ``proof``: TAC of its last transaction,
    empty if that was a load; ``bank``: the bank side's log by its counter, newest ten.
    """

    number: str
    identification: str
    algorithm: str
    dtk: bytes
    social: Counted
    settled: dict[str, LoggedSettlement]
    proof: str
    bank: dict[int, Logged]

    def tac(self, sequence: str, terminal_sequence: str) -> str:
        """Of a settlement in its log: three amounts ‖ type ‖ terminal ‖ the terminal's sequence ‖ time (SSC-7 §15)."""
        logged = self.settled[sequence]
        amounts = (logged.account, logged.self_paid, logged.pooled)
        data = b"".join(each.to_bytes(4, "big") for each in amounts)
        data += bytes.fromhex(_SETTLEMENT + logged.terminal + terminal_sequence + logged.time)
        block = block_of(self.algorithm)
        folded = self.algorithm != "SM4"
        cipher, key = ("DES", xor(self.dtk[:8], self.dtk[8:])) if folded else ("SM4", self.dtk)
        return cut_mac(cipher, cbc(cipher, key, bytes(block), padded_80(data, block))[-block:]).hex().upper()


def on_card(card: Card) -> CardMoney:
    """Both sides asked, each by itself. The holder's PIN is not changed."""
    social, bank = counted_on_card(card), log_of(card)

    def say(command: str) -> bytes:
        answer = card.exchange(bytes.fromhex(command))
        if answer[-2] == 0x6C:
            answer = card.exchange(bytes.fromhex(command[:-2] + f"{answer[-1]:02X}"))
        while answer[-2] == 0x61:
            answer = card.exchange(bytes.fromhex(f"00C00000{answer[-1]:02X}"))
        return answer

    factor = card.power_on()[-8:]
    algorithm, profile = ("SM4", "dual-3.0-sm4") if _SM4 in say(_SSSE).hex().upper() else ("3DES", "dual-2.0-3des")
    identification, number = say("00B2012C00")[2:-2].hex().upper(), say("00B2072C00")[2:-2].decode("ascii")
    say(f"0020000003{PIN}")
    say("00A4040006D15600000503")
    settled, last = {}, ""
    for turn in range(1, 11):
        record = say(f"00B2{turn:02X}4400")
        if len(record) != _LOG_LENGTH + 2 or not any(record[:-2]):
            break
        sequence, kind = record[:2].hex().upper(), record[2:3].hex()
        last = last or sequence + kind
        if kind == _SETTLEMENT:
            amounts = (int.from_bytes(record[at : at + 4], "big") for at in (16, 20, 24))
            settled.setdefault(sequence, LoggedSettlement(record[3:9].hex(), record[9:16].hex(), *amounts))
    proof = ""
    if last.endswith(_SETTLEMENT):
        proof = say(f"B02E00{_SETTLEMENT}02{last[:4]}08")[4:-2].hex().upper()
    card.power_off()
    dtk = derived(algorithm, tree_of(profile)["DTK", 0].city, factor)
    return CardMoney(number, identification, algorithm, dtk, social, settled, proof, bank)
