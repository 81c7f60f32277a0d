"""Whether a request's cryptogram is the card's, and new (PBOC-5 D; PBOC-7 §11)."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from dualcos.issuance.bank.authorisation.bank_books import CardMemory
from dualcos.issuance.bank.authorisation.chip_data import ChipData, UnreadableChipData, chip_data
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, CardProof, KeysOfBankCard
from dualcos.issuance.bank.authorisation.registered_bank_cards import RegisteredBankCard
from keys.custody.bank_key_service import BankCard, KeyTriple


class _Proof(NamedTuple):
    proof: CardProof
    chip: ChipData | None = None
    keys: KeyTriple | None = None


def prove(case: AuthorisingCase) -> None:
    """What the chip's data prove is in the case, and remembered: a counter that has gone on, a wrong cryptogram."""
    proof, chip, keys = _proof(case.request.chip, case.card, case.memory, case.means.keys)
    case.proof, case.chip = proof, chip
    if proof is CardProof.WRONG:
        case.memory = structs.replace(case.memory, wrong_cryptograms=case.memory.wrong_cryptograms + 1)
    elif proof is CardProof.FRESH and chip is not None:
        case.keys = keys
        if case.memory.atc and chip.counter - case.memory.atc > case.means.terms.atc_jump:
            case.remarks.append("the card's counter has jumped")
        case.memory = structs.replace(case.memory, atc=chip.counter)


def _proof(field: bytes, card: RegisteredBankCard, memory: CardMemory, keys_of: KeysOfBankCard) -> _Proof:
    if not field:
        return _Proof(CardProof.NONE)
    try:
        chip = chip_data(field)
    except UnreadableChipData:
        return _Proof(CardProof.UNREADABLE)
    keys = keys_of(BankCard(card.pan, card.sequence, chip.card.key_index), chip.card.algorithm)
    if keys is None or not chip.provable or not keys.verifies(chip.atc, chip.text(), chip.cryptogram):
        return _Proof(CardProof.WRONG, chip)
    if chip.counter <= memory.atc:
        return _Proof(CardProof.USED, chip)
    return _Proof(CardProof.FRESH, chip, keys)


def issuer_authentication(case: AuthorisingCase, code: str) -> bytes:
    """Tag 91's value for an answer, approved or not; empty for a card that has proved nothing new."""
    if case.keys is None or case.chip is None:
        return b""
    return case.keys.issuer_authentication_data(case.chip.atc, case.chip.cryptogram, code.encode("ascii"))
