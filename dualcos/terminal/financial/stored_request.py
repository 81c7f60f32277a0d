"""A message as a terminal's storage has it until it is answered."""

from __future__ import annotations

from msgspec import Struct

from dualcos.messages.acquirer_messages import SECRET_FIELDS, AcquirerMessage, FieldValue, masked_account

_MAC_FIELDS = frozenset({64, 128})
_ACCOUNT, _EXPIRY = 2, 14


class StoredRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A message that waits, without MAC and without what no storage may have; binary fields in hex."""

    mti: str
    texts: dict[int, str]
    raw: dict[int, str]

    @property
    def without_account(self) -> StoredRequest:
        """As it is kept when it is not sent any more: account masked, no expiry."""
        texts = {at: masked_account(text) if at == _ACCOUNT else text for at, text in self.texts.items()}
        texts.pop(_EXPIRY, None)
        return StoredRequest(self.mti, texts, self.raw)

    def __repr__(self) -> str:
        """No account, no expiry."""
        return f"<StoredRequest {self.mti} {' '.join(str(number) for number in sorted({*self.texts, *self.raw}))}>"

    @property
    def message(self) -> AcquirerMessage:
        """As it is sent, but for the MAC."""
        fields: dict[int, FieldValue] = {**self.texts, **{at: bytes.fromhex(each) for at, each in self.raw.items()}}
        return AcquirerMessage(self.mti, fields)


def stored_request(message: AcquirerMessage) -> StoredRequest:
    """A message to be sent later. Raises ValueError for one with a track, a PIN or a key."""
    if found := SECRET_FIELDS & set(message.fields):
        raise ValueError(f"no storage may have field {min(found)}")
    kept = {at: each for at, each in message.fields.items() if at not in _MAC_FIELDS}
    texts = {at: each for at, each in kept.items() if isinstance(each, str)}
    return StoredRequest(message.mti, texts, {at: each.hex() for at, each in kept.items() if isinstance(each, bytes)})
