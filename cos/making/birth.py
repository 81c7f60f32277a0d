"""What there is from the beginning: a chip as its maker delivers it, an environment as it is handed over.

The chip maker writes transport key, serial number and the stored bytes of the ATR before there is an MF. An environment
is born with its directory's header and its master key, and is its own master from then on.
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.directory_headers import OWN, DirectoryHeader
from cos.kernel.files import FileSystem
from cos.kernel.presenting_secrets import SecretClaim, present
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import KEYS, key_store
from cos.kernel.stack import ChipData, Powers
from firewall.partition import Partition
from keys import key_wrapping
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader, KeyRef, KeyStore
from keys.mac import same

TRANSPORT = KeyRef(0xF0, 0, 0)
_HEADER, _KEY_HEADER, _KEY = 0x80, 0x81, 0x82
_PART_10 = "SSC-10 §5.2"
_TRIES = 0xAA
_SERIAL_LENGTH = 6
_ATR_START = b"\x3b\x6d"
_MAKERS = 7
"""Historical bytes that are the maker's, T1 to T7; the six behind are region and serial number."""


def deliver(nvm: Partition, key: bytes) -> None:
    """What the maker puts into an empty memory: the transport key, 16 bytes, two-key 3DES."""
    header = KeyHeader(*TRANSPORT, 0xEF, _TRIES, TDES.social, 0, 16)
    with nvm.transaction():
        KeyStore(nvm, KEYS).put(header, key)


def show_transport_key(store: KeyStore, chip: ChipData, shown: bytes) -> None:
    """``shown`` must be the chip's serial number, its last historical bytes, under the transport key (传输密钥).

    Refuses with 6985 where the chip has no serial number, not given yet or not readable; 6983, 63Cx.
    """
    transport, serial = store.key(TRANSPORT), chip.historical[-_SERIAL_LENGTH:]
    if len(serial) != _SERIAL_LENGTH:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "no serial number")
    expected = key_wrapping.transport_cryptogram(transport, serial)
    result = present(SecretClaim(store, TRANSPORT, "the transport key", _PART_10), lambda: same(shown, expected))
    if not result.right:
        raise Refusal(retries(result.left), Gate.AUTHENTICATION, "wrong transport key cryptogram", left=result.left)


def set_serial(chip: ChipData, command: CommandAPDU) -> ResponseAPDU:
    """Historical bytes T8 to TD: region digits and serial number."""
    chip.historical = chip.historical[:_MAKERS].ljust(_MAKERS, b"\0") + command.data[2:]
    return OK


def set_maker_bytes(chip: ChipData, command: CommandAPDU) -> ResponseAPDU:
    """The first eleven bytes of the ATR: TS, T0, TB1, TC1 are the hardware's; T1 to T7 are stored."""
    if not command.data.startswith(_ATR_START):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "not the start of the ATR", "SSC-2 table 7", received=command.data[:2])
    chip.historical = command.data[4:11] + chip.historical[_MAKERS:].ljust(6, b"\0")
    return OK


def material(born: DirectoryHeader, key: KeyHeader, value: bytes) -> bytes:
    """What an environment is born with: its directory's header and its master key."""
    return tlv.encode(_HEADER, born.encode()) + tlv.encode(_KEY_HEADER, key.encode()) + tlv.encode(_KEY, value)


def hand_over(powers: Powers, born: DirectoryHeader, key: KeyHeader, value: bytes) -> None:
    """Give birth to an environment with its first master key: from the commit on it belongs to that key alone."""
    label = powers.labels[born.name]
    powers.mint.create(label, born.fid.to_bytes(2, "big"), born.name, material(born, key, value))


def initialise(nvm: Partition, material: bytes) -> None:
    """Fill a fresh partition with it."""
    born, key_header, value = (tlv.find(material, tag) or b"" for tag in (_HEADER, _KEY_HEADER, _KEY))
    header = DirectoryHeader.decode(born)
    with nvm.transaction():
        FileSystem(nvm).put_directory(header.fid, header.encode())
        nvm.put(OWN, header.fid.to_bytes(2, "big"))
        key_store(nvm, header.fid).put(KeyHeader.decode(key_header), value)
