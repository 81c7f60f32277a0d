"""The off-line medical account in DF04 as host and terminal use it: load (划入), settlement (消费); SSC-7 §11 to §14.

Each method is a dialogue in the account's directory, which is current, the PIN verified where the card asks for it.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.status import SW
from cos.ssse.tables.table_model import Directory, KeyKind
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.social import SocialKeys
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.medical_macs import TYPE_LOAD, Load, Purchase, load_session, purchase_session


class MedicalAccount(NamedTuple):
    """The keys of one card's account, DLK and DPK, under ``key_index``. ``load_type``: type code of a load."""

    load_key: KeyHandle
    purchase_key: KeyHandle
    key_index: int = 1
    load_type: int = TYPE_LOAD

    def initialize_load(self, amount: int, terminal: bytes) -> Reply:
        """INITIALIZE FOR LOAD: balance 4 ‖ sequence 2 ‖ version ‖ algorithm ‖ random 4 ‖ MAC1 4."""
        return initialize_load(self.key_index, amount, terminal)

    def credit(self, begun: bytes, amount: int, terminal: bytes, time: bytes) -> Reply:
        """CREDIT FOR LOAD with the MAC2 that belongs to ``begun``, the answer of INITIALIZE; gives the TAC."""
        load, session = self._load(begun, amount, terminal, time)
        return credit_for_load(time, load.mac2(session))

    def began(self, begun: bytes, amount: int, terminal: bytes) -> bool:
        """True if MAC1 in ``begun`` is this card's: what a host demands before it pays."""
        load, session = self._load(begun, amount, terminal)
        return same(load.mac1(session), begun[12:16])

    def load(self, amount: int, terminal: bytes, time: bytes) -> Reply:
        """Both commands; the second only where the first was carried out."""
        answer = yield from self.initialize_load(amount, terminal)
        return answer if answer.sw != SW.OK else (yield from self.credit(answer.data, amount, terminal, time))

    def initialize_purchase(self, order: Purchase) -> Reply:
        """INITIALIZE FOR PURCHASE: balance 4 ‖ totals 8 ‖ year 2 ‖ sequence 2 ‖ version ‖ algorithm ‖ random 4."""
        return initialize_purchase(self.key_index, order)

    def debit(self, begun: bytes, order: Purchase) -> Reply:
        """DEBIT FOR PURCHASE with the MAC1 that a PSAM makes of ``begun``; gives TAC ‖ MAC2."""
        sequence = int.from_bytes(begun[14:16], "big")
        session = purchase_session(self.purchase_key, begun[18:22], sequence, order.terminal_sequence)
        return debit_for_purchase(order.terminal_sequence, order.time, order.mac1(session))

    def purchase(self, order: Purchase) -> Reply:
        """Both commands; the second only where the first was carried out."""
        answer = yield from self.initialize_purchase(order)
        return answer if answer.sw != SW.OK else (yield from self.debit(answer.data, order))

    def _load(self, begun: bytes, amount: int, terminal: bytes, time: bytes = b"") -> tuple[Load, KeyHandle]:
        sequence = int.from_bytes(begun[4:6], "big")
        load = Load(int.from_bytes(begun[:4], "big"), amount, terminal, sequence, time, self.load_type)
        return load, load_session(self.load_key, begun[8:12], sequence)


def initialize_load(key_index: int, amount: int, terminal: bytes) -> Reply:
    """INITIALIZE FOR LOAD, which needs no key of its sender."""
    return send(apdu("B0280001", bytes((key_index,)) + amount.to_bytes(4, "big") + terminal))


def credit_for_load(time: bytes, mac2: bytes) -> Reply:
    """CREDIT FOR LOAD with a MAC2 that somebody has made; gives the TAC."""
    return send(apdu("B02A0000", time + mac2))


def initialize_purchase(key_index: int, order: Purchase) -> Reply:
    """INITIALIZE FOR PURCHASE of the amounts and the terminal of ``order``, which needs no key of its sender."""
    sums = (order.account, order.self_paid, order.pooled)
    amounts = b"".join(amount.to_bytes(4, "big") for amount in sums)
    return send(apdu("B0280101", bytes((key_index,)) + amounts + order.terminal))


def debit_for_purchase(terminal_sequence: bytes, time: bytes, mac1: bytes) -> Reply:
    """DEBIT FOR PURCHASE with a MAC1 that somebody has made; gives TAC ‖ MAC2."""
    return send(apdu("B02C0100", terminal_sequence + time + mac1))


def balance(which: int = 1) -> Reply:
    """GET BALANCE: 1 the account, 2 self-paid and 3 pooled total of the payment year."""
    return send(apdu(f"B02600{which:02X}", le=4 if which == 1 else 6))


def proof(kind: int, sequence: bytes) -> Reply:
    """GET TRANSACTION PROOF of the transaction with that type code and sequence number: MAC ‖ TAC (SSC-7 §14)."""
    return send(apdu(f"B02E00{kind:02X}", sequence, le=8))


def account_of(keys: SocialKeys, directory: Directory) -> MedicalAccount | None:
    """The account in ``directory``, None if there is none. Raises KeyNotFound."""
    loads = [row for row in directory.keys if row.kind is KeyKind.LOAD]
    purchases = [row for row in directory.keys if row.kind is KeyKind.PURCHASE]
    if not loads or not purchases:
        return None
    return MedicalAccount(keys.key(loads[0]), keys.key(purchases[0]), purchases[0].kid)
