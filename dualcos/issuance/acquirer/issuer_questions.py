"""Terminals' messages as questions to an issuer. PIN blocks pass from the terminal's key to the issuer's."""

from __future__ import annotations

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.messages.authorisation import (
    AuthorisationRequest,
    Business,
    ReversalRequest,
    ScriptReport,
)
from dualcos.messages.pos_subfields import parted
from keys.bank_cryptography import BadPinBlock
from keys.key_handle import KeyHandle
from keys.line_cryptography import translated

_SCRIPT_RESULTS, _SCRIPT_RESULT_LENGTH = 0xDF31, 5
_WITH_ACCOUNT, _DOUBLE, _ENCIPHERED = "2", "6", "1"


class UnfitForIssuer(Exception):
    """The message cannot become a question. ``code``: field 39 for the terminal."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def authorisation(
    asked: AskedOfAcquirer, settings: AcquirerSettings, zone: KeyHandle, original: AcquiredTransaction | None
) -> AuthorisationRequest:
    """What is asked of the issuer; ``original``: what a void or a refund takes back. Raises UnfitForIssuer."""
    message, business = asked.message, asked.kind.business
    assert business is not None  # noqa: S101 - the front asks only where it is an issuer's business
    if parted(53, message.text(53)).get("track") == _ENCIPHERED:
        raise UnfitForIssuer("40", "field 53: tracks are taken in clear only")
    texts = parted(63, message.text(63))
    track = message.text(35)
    return AuthorisationRequest(
        business=business,
        key=asked.key,
        acquirer=settings.institution,
        moment=asked.now[4:],
        pan=asked.pan,
        sequence=message.text(23),
        expiry=message.text(14) or track.partition("=")[2][:4],
        amount=asked.amount,
        currency=message.text(49),
        entry=message.text(22),
        chip=message.raw(55),
        track2=track,
        pin_block=_for_issuer(asked, message.raw(52), zone),
        new_pin=_for_issuer(asked, message.raw(62), zone) if business is Business.PIN_CHANGE else b"",
        original=original.key if original else None,
        original_amount=original.amount if original and business is Business.REFUND else 0,
        reference=message.text(37),
        account_to=parted(48, message.text(48)).get("account_to", "").strip(),
        before_discount=int(texts.get("before_discount", "0")),
        member=texts.get("member", ""),
        offline=asked.kind.offline,
    )


def reversal(asked: AskedOfAcquirer, settings: AcquirerSettings, business: Business) -> ReversalRequest:
    """A reversal has the running number of what it takes back, which asked for ``business``."""
    return ReversalRequest(
        business=business,
        key=asked.key,
        original=asked.key,
        acquirer=settings.institution,
        moment=asked.now[4:],
        pan=asked.pan,
        amount=asked.amount,
        reason=asked.message.text(39),
        chip=asked.message.raw(55),
    )


def script_report(asked: AskedOfAcquirer, settings: AcquirerSettings) -> ScriptReport:
    """The results of the scripts that came with the transaction in field 61. Raises UnfitForIssuer."""
    chip = asked.message.raw(55)
    try:
        results = tlv.find(chip, _SCRIPT_RESULTS)
    except TlvError:
        results = None
    if not results or len(results) % _SCRIPT_RESULT_LENGTH:
        raise UnfitForIssuer("30", "field 55: no DF31 of five bytes a script")
    return ScriptReport(
        key=asked.key,
        original=asked.original,
        acquirer=settings.institution,
        moment=asked.now[4:],
        pan=asked.pan,
        results=results,
        chip=chip,
    )


def _for_issuer(asked: AskedOfAcquirer, block: bytes, zone: KeyHandle) -> bytes:
    """The block under the issuer's key; nothing of nothing."""
    if not block:
        return b""
    security = parted(53, asked.message.text(53))
    if security and (security.get("pin_format"), security.get("key_length")) != (_WITH_ACCOUNT, _DOUBLE):
        raise UnfitForIssuer("99", "field 53: PIN blocks are of format 0, with the account, under a double key")
    assert asked.keys is not None  # noqa: S101 - the message was sealed with one of them
    try:
        return translated(block, asked.keys.pin, zone)
    except BadPinBlock as error:
        raise UnfitForIssuer("99", str(error)) from None
