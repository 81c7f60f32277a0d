"""A card as the back end meets it, played from its keys: what it answers to a terminal, without a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dualcos.issuance.bureau.terminal_services.cards_of_profiles import cards_of_profiles
from dualcos.messages.social_services import (
    Answer,
    LoadAsked,
    LoadGranted,
    LoadReported,
    PreSettled,
    PreSettlementAsked,
    ReadCard,
    SettlementReported,
)
from dualcos.profile.schema import load
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle
from keys.medical_macs import Load, Purchase, load_session

TERMINAL = "990000000001"
TIME = "20260115100000"


@dataclass
class DeskCard:
    """The DF04 account of a card in mode 1 or 2, and the terminal's running number."""

    service: SocialKeyService
    card: SocialCard
    read: ReadCard
    social_number: str
    terminal: str = TERMINAL
    running: int = 0
    balance: int = 0
    load_sequence: int = 1
    terminal_sequence: int = 0
    begun: dict[str, LoadAsked] = field(default_factory=dict)

    def key(self, name: str, version: int = 1) -> KeyHandle:
        return self.service.card_key(name, self.card, version)

    def about(self, **more: Any) -> dict[str, Any]:
        """What every request carries."""
        self.running += 1
        return {"terminal": self.terminal, "running": self.running, "card": self.read, **more}

    def load(self, amount: int, random: bytes = b"\xc7\xd1\x04\x2e") -> LoadAsked:
        """INITIALIZE FOR LOAD, told to the back end."""
        order = Load(self.balance, amount, bytes.fromhex(self.terminal), self.load_sequence)
        session = load_session(self.key("DLK01"), random, self.load_sequence)
        return LoadAsked(
            **self.about(
                key_index=1,
                amount=amount,
                balance=self.balance,
                sequence=f"{self.load_sequence:04X}",
                key_version="01",
                random=random.hex().upper(),
                mac1=order.mac1(session).hex().upper(),
            )
        )

    def credit(self, asked: LoadAsked, granted: Answer) -> LoadReported:
        """CREDIT FOR LOAD: the card has the money and says so."""
        assert isinstance(granted, LoadGranted), granted
        session = load_session(self.key("DLK01"), bytes.fromhex(asked.random), self.load_sequence)
        terminal, time = bytes.fromhex(asked.terminal), bytes.fromhex(granted.time)
        order = Load(asked.balance, asked.amount, terminal, self.load_sequence, time)
        assert order.mac2(session).hex().upper() == granted.mac2
        self.balance += asked.amount
        self.load_sequence += 1
        tac = order.tac(self.key("DTK", 0)).hex().upper()
        return LoadReported(**self.about(voucher=granted.voucher, tac=tac))

    def pre_settlement(self, total: int, **figures: Any) -> PreSettlementAsked:
        return PreSettlementAsked(**self.about(social_number=self.social_number, total=total, **figures))

    def settlement(self, granted: Answer, **more: Any) -> SettlementReported:
        """DEBIT FOR PURCHASE of what was pre-settled: the total, and the account's and fund's part (38号)."""
        assert isinstance(granted, PreSettled), granted
        total = granted.account + granted.pooled + granted.self_paid
        return self.debited(0, total, granted.account + granted.pooled, voucher=granted.voucher, **more)

    def debited(self, account: int, self_paid: int, pooled: int, **more: Any) -> SettlementReported:
        self.terminal_sequence += 1
        sequence = self.terminal_sequence.to_bytes(4, "big")
        order = Purchase(account, self_paid, pooled, bytes.fromhex(self.terminal), sequence, bytes.fromhex(TIME))
        told = {
            "key": "00B5",
            "account": account,
            "self_paid": self_paid,
            "pooled": pooled,
            "terminal_sequence": sequence.hex().upper(),
            "sequence": f"{self.terminal_sequence:04X}",
            "time": TIME,
            "tac": order.tac(self.key("DTK", 0)).hex().upper(),
        }
        return SettlementReported(**self.about(**{**told, **more}))


def desk_card(profile_name: str, terminal: str = TERMINAL) -> DeskCard:
    """The card of a profile."""
    profile = load(profile_name)
    assert profile.ssse is not None
    known = cards_of_profiles([profile])
    (entry,) = known.cards.values()
    read = ReadCard(
        region=profile.ssse.city,
        historical=profile.chip.historical.hex().upper(),
        algorithm="03" if profile.ssse.algorithm == "SM4" else "01",
        identification=entry.identification,
        number=entry.number,
    )
    service = known.services[entry.identification]
    card = SocialCard(profile.ssse.city, profile.chip.historical)
    return DeskCard(service, card, read, entry.social_number, terminal)
