"""Whether a request's cryptogram is the card's, and new (PBOC-5 D; PBOC-7 §11)."""

from __future__ import annotations

from msgspec import structs

from dualcos.issuance.bank.authorisation.chip_data import CryptogramData, UnreadableField55, chip_data
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, CardProof
from keys.custody.bank_key_service import BankCard, KeyTriple


def key_of(case: AuthorisingCase, chip: CryptogramData) -> KeyTriple | None:
    """The card's keys if the cryptogram was made with them; None otherwise, and that is remembered."""
    card = BankCard(case.card.pan, case.card.sequence, chip.card.key_index)
    keys = case.means.keys(card, chip.card.algorithm)
    if keys is not None and chip.provable and keys.verifies(chip.atc, chip.text(), chip.cryptogram):
        return keys
    case.memory = structs.replace(case.memory, wrong_cryptograms=case.memory.wrong_cryptograms + 1)
    return None


def prove(case: AuthorisingCase) -> None:
    """What the chip's data prove is in the case; a counter that has gone on is remembered."""
    if not case.request.chip:
        return
    try:
        case.chip = chip = chip_data(case.request.chip)
    except UnreadableField55:
        case.proof = CardProof.UNREADABLE
        return
    keys, seen = key_of(case, chip), case.memory.atc
    if keys is None:
        case.proof = CardProof.WRONG
    elif chip.counter <= seen:
        case.proof = CardProof.USED
    else:
        case.proof, case.keys = CardProof.FRESH, keys
        case.memory = structs.replace(case.memory, atc=chip.counter)
        if seen and chip.counter - seen > case.means.terms.atc_jump:
            case.remarks.append("the card's counter has jumped")


def issuer_authentication(case: AuthorisingCase, code: str) -> bytes:
    """Tag 91's value for an answer, approved or not; empty for a card that has proved nothing new."""
    if case.keys is None or case.chip is None:
        return b""
    return case.keys.issuer_authentication_data(case.chip.atc, case.chip.cryptogram, code.encode("ascii"))
