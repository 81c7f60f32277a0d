"""Data preparation for the SM algorithms a bank card may carry besides: their groups, keys and certificates.

Everything here rests on one public source, published card images (no text of JR/T 0025.17 was at hand).
"""

from __future__ import annotations

from collections.abc import Mapping

from apdu import tlv
from dualcos.dialogue.driver import StepRefused
from dualcos.dialogue.personalise_bank import SmData
from dualcos.profile.bank_data_groups import DAC, SERIAL, TEMPLATE, encode_list, locate, static_data
from dualcos.profile.published_test_keys import Sm2TestKey, Sm2TestKeys, sm2_test_keys
from dualcos.profile.schema import BankProfile, BankSmProfile
from keys.custody.bank_key_service import KeyTriple
from keys.custody.sm2_authority import Sm2Authority, Sm2Issuer
from keys.sm2 import Sm2Missing, Sm2Private


def prepare_sm(bank: BankProfile, keys: KeyTriple) -> SmData:
    """All SM groups of the profile's application; ``keys`` are the card's. Raises StepRefused."""
    assert bank.sm is not None  # noqa: S101 - callers ask only where the section exists
    try:
        return _prepare(bank, bank.sm, keys)
    except Sm2Missing as error:
        raise StepRefused(f"the profile has SM algorithms: {error}") from None


def _prepare(bank: BankProfile, sm: BankSmProfile, keys: KeyTriple) -> SmData:
    keyring = sm2_test_keys(sm.sm2)
    elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}
    elements[0x82] = bytes.fromhex(sm.aip)
    private = _private(keyring.card)
    elements.update(sm_certificates(bank, elements, keyring, private))
    common = [dgi for dgi in bank.records if int(dgi[:2], 16) != int(sm.instead_of, 16)]
    groups = (
        (0x9105, tlv.encode(0x82, elements[0x82]) + tlv.encode(0x94, locate(bank, [*common, *sm.records]))),
        *(
            (int(dgi, 16), tlv.encode(TEMPLATE, encode_list(elements, tags)))
            for dgi, tags in sorted(sm.records.items())
        ),
        (0x9201, tlv.encode(0x9F10, bytes.fromhex(sm.iad))),
    )
    return SmData(groups, keys, private)


def sm_certificates(
    bank: BankProfile, elements: Mapping[int, bytes], keyring: Sm2TestKeys, card: Sm2Private
) -> dict[int, bytes]:
    """8F, 90, 93, 9F46 for this card under the SM2 test authority."""
    pan = bank.elements["5A"].rstrip("Ff")
    year, month = bank.elements["5F24"][:2], bank.elements["5F24"][2:4]
    expiry = bytes.fromhex(month + year)
    authority = Sm2Authority(bytes.fromhex(keyring.rid), int(keyring.index, 16), _private(keyring.ca))
    key = _private(keyring.issuer)
    issuer = Sm2Issuer(key, authority.certify(key.public, pan[:8], expiry, SERIAL))
    static = static_data(bank, elements)
    return {
        0x8F: bytes((authority.index,)),
        0x90: issuer.certificate,
        0x93: issuer.sign_static(DAC, static),
        0x9F46: issuer.certify(card.public, pan, expiry, SERIAL, static),
    }


def _private(key: Sm2TestKey) -> Sm2Private:
    return Sm2Private(bytes.fromhex(key.private), bytes.fromhex(key.public))
