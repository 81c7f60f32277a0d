"""The HSM path (加密机): what the key store computes for a terminal without a fitting PSAM (SC §1.2, §6, §8).

Nothing is written but the counter of a terminal's settlements.
"""

from __future__ import annotations

from msgspec import structs

from cos.ssse.tables.table_model import KeyKind
from dualcos.dialogue.social import pin_field
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.messages.social_services import (
    CommandAsked,
    CommandSecured,
    IdentificationAsked,
    Identified,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    PurchaseMacCheckAsked,
    ServiceDone,
)
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.medical_macs import Purchase, purchase_session
from keys.social_cryptography import authentication_data

_HEADER = 4
_COUNTER = "terminal/"
_MOST = 1 << 32


def identified(means: DeskMeans, asked: IdentificationAsked) -> Identified:
    """Both pairs under the first group of IRK and RKSSSE; the second only where its numbers came."""
    keys = means.keys_of(asked.card)
    found = Identified(
        running=asked.running,
        internal_data=_proof(keys.handle("IRK"), asked.internal_factor, asked.internal_original),
        internal_original=asked.internal_original,
    )
    if not asked.external_factor or not asked.external_original:
        return found
    data = _proof(keys.handle("RKSSSE"), asked.external_factor, asked.external_original)
    return structs.replace(found, external_data=data, external_original=asked.external_original)


def proved(means: DeskMeans, asked: ProofAsked) -> Proved:
    """Data of EXTERNAL AUTHENTICATION, by a key that is there for it."""
    keys = means.keys_of(asked.card)
    key = keys.at(asked.key, KeyKind.AUTHENTICATION)
    factor, original = bytes.fromhex(asked.factor), bytes.fromhex(asked.original)
    data = keys.service.external_authentication(key.row.name, keys.card, factor, original, key.version)
    return Proved(running=asked.running, data=_hexed(data[:8]), original=_hexed(data[8:]))


def command(means: DeskMeans, asked: CommandAsked) -> CommandSecured:
    """A command under a maintenance key; a PIN goes into it enciphered and nowhere else."""
    keys = means.keys_of(asked.card)
    key = keys.at(asked.key, KeyKind.MAINTENANCE)
    factor, header = bytes.fromhex(asked.factor), bytes.fromhex(asked.header)
    make = keys.service.secured_enciphered if asked.pin else keys.service.secured
    made = make(key.row.name, keys.card, factor, header[:_HEADER], pin_field(asked.pin), key.version)
    if made[_HEADER] != header[_HEADER]:
        raise DeskRefusal("length-wrong")
    return CommandSecured(running=asked.running, command=_hexed(made))


def mac1(means: DeskMeans, asked: PurchaseMacAsked) -> PurchaseMac:
    """MAC1 with the next number of the terminal's settlements, as a PSAM would count them."""
    key = _purchase_key(means, asked)
    count = means.books.next_number(_COUNTER + asked.terminal) % _MOST
    sequence = count.to_bytes(4, "big")
    purchase, session = _purchase(asked, key, sequence)
    return PurchaseMac(
        running=asked.running,
        terminal_sequence=_hexed(sequence),
        time=asked.time,
        mac1=_hexed(purchase.mac1(session)),
    )


def mac2_checked(means: DeskMeans, asked: PurchaseMacCheckAsked) -> ServiceDone:
    """Done if MAC2 is the card's."""
    purchase, session = _purchase(asked, _purchase_key(means, asked), bytes.fromhex(asked.terminal_sequence))
    if not same(purchase.mac2(session), bytes.fromhex(asked.mac2)):
        raise DeskRefusal("mac2-wrong")
    return ServiceDone(running=asked.running)


def _purchase_key(means: DeskMeans, asked: PurchaseMacAsked) -> KeyHandle:
    keys = means.keys_of(asked.card)
    found = keys.at(asked.key, KeyKind.PURCHASE)
    return keys.handle(found.row.name, found.version)


def _purchase(asked: PurchaseMacAsked, key: KeyHandle, terminal_sequence: bytes) -> tuple[Purchase, KeyHandle]:
    purchase = Purchase(
        asked.account,
        asked.self_paid,
        asked.pooled,
        bytes.fromhex(asked.terminal),
        terminal_sequence,
        bytes.fromhex(asked.time),
        int(asked.kind, 16),
    )
    sequence = int(asked.sequence, 16)
    return purchase, purchase_session(key, bytes.fromhex(asked.random), sequence, terminal_sequence)


def _proof(key: KeyHandle, factor: str, original: str) -> str:
    return _hexed(authentication_data(key, bytes.fromhex(factor), bytes.fromhex(original)))


def _hexed(value: bytes) -> str:
    return value.hex().upper()
