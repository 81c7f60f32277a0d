"""A terminal as an acquirer's front meets it: it signs on, seals, asks over a line, and believes what it gets only as
far as a test looks. It has no kernel: its chip data are ``PayingCard``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dualcos.messages.acquirer_messages import AcquirerLine, AcquirerMessage, FieldValue, NoLineAnswer
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583
from dualcos.messages.line_keys import LineKeyRole, delivered_keys
from dualcos.messages.pos_envelope import PosEnvelope, opened, seal_holds, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import POS_MESSAGES, answers
from dualcos.messages.pos_subfields import joined
from dualcos.profile.line_test_keys import terminal_master_key
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac, pin_block_0, unwrapped_key
from tests.demonstration_bank import ONLINE_PIN
from tests.paying_cards import PayingCard

TERMINAL, MERCHANT = "12345678", "123456789012345"
CODEC = Iso8583Codec(POS_DIALECT)
Changed = Mapping[int, FieldValue | None]


@dataclass
class TerminalAtFront:
    """``keys``: as they came with the last sign-on. ``last``: the body of the last answer."""

    line: AcquirerLine
    card: PayingCard = field(default_factory=PayingCard)
    number: str = TERMINAL
    merchant: str = MERCHANT
    batch: str = "000001"
    stan: int = 0
    mac: LineMac = LineMac.ECB_HEX
    keys: dict[LineKeyRole, KeyHandle] = field(default_factory=dict)
    last: bytes = b""

    def signed_on(self, network: str = "003") -> AcquirerMessage:
        """The sign-on's answer; what keys it has are taken."""
        message = self.request("sign-on", {63: "01 "})
        answer = self.ask(message.having({60: joined(60, {"kind": "00", "batch": self.batch, "network": network})}))
        if delivered := answer.raw(62):
            master = terminal_master_key(self.number)
            self.keys = {role: unwrapped_key(master, *key) for role, key in delivered_keys(delivered).items()}
        return answer

    def request(self, name: str, fields: Changed | None = None) -> AcquirerMessage:
        """The next message of this kind; MAC and card are added where it has them."""
        self.stan += 1
        kind = POS_MESSAGES[name]
        given: dict[int, FieldValue] = {11: f"{self.stan:06d}", 41: self.number, 42: self.merchant}
        if kind.sealed:
            given[64] = bytes(8)
        return kind.request(self.batch, given).having(fields or {})

    def pays(self, name: str = "purchase", amount: int = 10_000, fields: Changed | None = None) -> AcquirerMessage:
        """A message about the card, with fresh chip data where its kind has some."""
        kind = POS_MESSAGES[name]
        given: dict[int, FieldValue | None] = {2: self.card.pan, 14: "3012", 22: "051", 23: "001", 49: "156"}
        if 4 in kind.required:
            given[4] = f"{amount:012d}"
        if kind.chip is not None:
            told = amount if 4 in kind.required else 0
            given[55] = self.card.chip(told, T9C=kind.processing[:2])
            given |= self.with_pin()
        return self.request(name, {**given, **(fields or {})})

    def with_pin(self, pin: str = ONLINE_PIN) -> dict[int, FieldValue]:
        """Fields 26, 52 and 53."""
        block = pin_block_0(self.keys[LineKeyRole.PIN], pin, self.card.pan)
        return {26: "06", 52: block, 53: "2600000000000000"}

    def takes_back(self, name: str, message: AcquirerMessage, answer: AcquirerMessage, amount: int) -> AcquirerMessage:
        """A void or a refund of what was asked by ``message``."""
        return self.pays(name, amount, {37: answer.text(37), 61: original(message)})

    def reverses(self, message: AcquirerMessage, reason: str = "98") -> AcquirerMessage:
        """The reversal of ``message``."""
        numbers = (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60)
        kept = {number: message.fields[number] for number in numbers if number in message.fields}
        return AcquirerMessage("0400", {**kept, 39: reason, 64: bytes(8)})

    def ask(self, message: AcquirerMessage, key: KeyHandle | None = None) -> AcquirerMessage:
        """The answer. ``key``: seals in place of the MAC key. Raises NoLineAnswer."""
        return CODEC.message(self.asked(self.body(message, key), message))

    def body(self, message: AcquirerMessage, key: KeyHandle | None = None) -> bytes:
        """As it goes out."""
        mac_key = key or self.keys.get(LineKeyRole.MAC)
        if 64 not in message.fields or mac_key is None:
            return CODEC.body(message)
        return sealed(CODEC, message, mac_key, self.mac)

    def asked(self, body: bytes, message: AcquirerMessage) -> bytes:
        """The body that came back. Raises NoLineAnswer."""

        def belongs(payload: bytes) -> bool:
            try:
                return answers(message, CODEC.message(opened(payload)[1]))
            except UnreadableIso8583:
                return False

        self.last = opened(self.line.ask(PosEnvelope().around(body), belongs))[1]
        return self.last

    def code(self, message: AcquirerMessage, key: KeyHandle | None = None) -> str:
        """Field 39 of the answer, empty for none."""
        try:
            return self.ask(message, key).text(39)
        except NoLineAnswer:
            return ""

    @property
    def seal_holds(self) -> bool:
        """True if the last answer has the right MAC."""
        return seal_holds(CODEC, self.last, self.keys[LineKeyRole.MAC], self.mac)


def original(message: AcquirerMessage) -> str:
    """Field 61 that names a message."""
    batch = message.text(60)[2:8]
    return joined(61, {"batch": batch, "stan": message.text(11), "date": "0115"})
