"""What an acquirer asks an issuer, as messages of the switch's dialect and back, without loss.

The dialect's own places are taken where there is one (``switch_messages``): 300000 for a balance, 0420 for a reversal,
4351 in field 60 for why it came, field 90 for what a message belongs to. Terminals' reasons, batches and what else has
none goes as ``switch_own_texts`` says. Inferred: the time in field 90 is zeros, for the questions do not know it; 37 of
a request is made of 7 and 11; 12, 13, 18, 26, 43 say what terminals of one place would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import (
    AuthorisationRequest,
    Business,
    IssuerRequest,
    MessageKey,
    ReversalRequest,
    ScriptReport,
)
from dualcos.messages.subfield_tables import BadSubfields
from dualcos.messages.switch_messages import BUSINESS_SWITCHED, SWITCH_MESSAGES, SwitchMessage
from dualcos.messages.switch_own_texts import ACQUIRERS_OWN, member_in, member_text, own_parts, own_text
from dualcos.messages.switch_subfields import new_pin_field, new_pin_in_field, switch_joined, switch_parted

FORMAT_ERROR, _NOT_SUPPORTED, _PIN_UNREAD, _NOT_VALID, _NO_ORIGINAL = "30", "40", "99", "12", "25"
_INSTITUTION = 11
_REASON, _NO_REASON = "4351", "0000"
_LONGEST_PIN, _PIN_FORMAT = "06", "2600000000000000"
_UNTOLD_TIME, _UNTOLD_ENTRY = "0" * 10, "000"
_CURRENCY = "156"
_AMOUNT = re.compile(rb"(RA|ASOA012)([0-9]{12})")
_SCRIPT_RESULTS, _SCRIPT_RESULT_LENGTH = 0xDF31, 5
_ABILITIES: Mapping[str, str] = MappingProxyType({"02": "2", "80": "2", "05": "5", "07": "6"})
"""What a terminal that reads a card so can read (60), by the first digits of 22."""


class UnfitForSwitch(Exception):
    """A request has no place in the dialect, or a message is no question to an issuer; ``code``: field 39."""

    def __init__(self, words: str, code: str = FORMAT_ERROR) -> None:
        super().__init__(words)
        self.code = code


class TradePlace(NamedTuple):
    """What the dialect wants told of where terminals stand. ``trade``: field 18 (MCC), ``name``: field 43."""

    trade: str = "5311"
    name: str = "DUALCOS TEST PLACE"


USUAL_PLACE = TradePlace()


def switch_request(request: IssuerRequest, place: TradePlace = USUAL_PLACE) -> AcquirerMessage:
    """The message, with eight zero bytes for its MAC where it has one. Raises UnfitForSwitch."""
    row = _row_of(request)
    try:
        fields = _common(request, place) | _own_fields(request, row)
    except BadSubfields as error:
        raise UnfitForSwitch(str(error)) from None
    if row.sealed:
        fields[128] = bytes(8)
    message = AcquirerMessage(row.mti, {number: fields[number] for number in sorted(fields) if fields[number]})
    if wrong := row.wrong_fields(message):
        raise UnfitForSwitch(f"{row.name}: {wrong}")
    return message


def issuer_request(message: AcquirerMessage, row: SwitchMessage) -> IssuerRequest:
    """The question in a message of this kind with its fields. Raises UnfitForSwitch."""
    try:
        if row.business is not None:
            return _authorisation(message, row, row.business)
        if row.name == "reversal":
            return _reversal(message)
        if row.name == "script report":
            return _script_report(message)
    except (BadSubfields, TlvError) as error:
        raise UnfitForSwitch(str(error)) from None
    raise UnfitForSwitch(f"{row.name}: nothing is asked of an issuer", _NOT_SUPPORTED)


# --- there -----------------------------------------------------------------------------------------------------------


def _row_of(request: IssuerRequest) -> SwitchMessage:
    if isinstance(request, ReversalRequest):
        return SWITCH_MESSAGES["reversal"]
    if isinstance(request, ScriptReport):
        return SWITCH_MESSAGES["script report"]
    if request.offline:
        if request.business is not Business.PURCHASE:
            raise UnfitForSwitch(f"{request.business.en}: only a purchase is approved off line")
        return SWITCH_MESSAGES["offline sale"]
    return BUSINESS_SWITCHED[request.business]


def _common(request: IssuerRequest, place: TradePlace) -> dict[int, FieldValue]:
    return {
        2: request.pan,
        7: request.moment,
        11: request.key.stan,
        12: request.moment[4:],
        13: request.moment[:4],
        18: place.trade,
        32: request.acquirer,
        33: request.acquirer,
        37: request.moment[:6] + request.key.stan,
        41: request.key.terminal,
        42: request.key.merchant,
        43: place.name,
        55: request.chip,
    }


def _own_fields(request: IssuerRequest, row: SwitchMessage) -> dict[int, FieldValue]:
    if isinstance(request, ReversalRequest):
        return _reversed(request)
    return _reported(request, row) if isinstance(request, ScriptReport) else _asked(request, row)


def _asked(request: AuthorisationRequest, row: SwitchMessage) -> dict[int, FieldValue]:
    known = row.required | row.optional
    fields: dict[int, FieldValue] = {
        3: row.processing,
        14: request.expiry if 14 in known else "",
        22: request.entry,
        23: request.sequence,
        25: row.condition,
        35: request.track2.replace("D", "="),
        48: _private(request),
        49: request.currency,
        60: _kind(_NO_REASON, request.entry),
        103: request.account_to,
        104: member_text(request.member),
        122: _own(request, {"reference": request.reference, "expiry": "" if 14 in known else request.expiry}),
    }
    if 4 in known or request.amount:
        fields[4] = f"{request.amount:012d}"
    if request.pin_block:
        fields |= {26: _LONGEST_PIN, 52: request.pin_block, 53: _PIN_FORMAT}
    if request.original is not None:
        fields[90] = _original(request, BUSINESS_SWITCHED[Business.PURCHASE].mti, request.original)
    return fields


def _private(request: AuthorisationRequest) -> bytes:
    """Field 48. Raises UnfitForSwitch where two would have to stand in it."""
    uses = []
    if request.business is Business.REFUND:
        amount = f"{request.original_amount:012d}"
        uses.append(switch_joined(48, {"usage": "AS", "mark": "OA", "length": "012", "amount": amount}).encode("ascii"))
    elif request.original_amount:
        raise UnfitForSwitch("the amount of the original goes with a refund only")
    if request.new_pin:
        uses.append(new_pin_field(request.new_pin))
    if request.before_discount:
        uses.append(switch_joined(48, {"usage": "RA", "amount": f"{request.before_discount:012d}"}).encode("ascii"))
    if len(uses) > 1:
        raise UnfitForSwitch("field 48 takes one of original amount, new PIN and price before discount")
    return b"".join(uses)


def _reversed(request: ReversalRequest) -> dict[int, FieldValue]:
    original = BUSINESS_SWITCHED[request.business]
    return {
        3: original.processing,
        4: f"{request.amount:012d}",
        22: _UNTOLD_ENTRY,
        25: original.condition,
        49: _CURRENCY,
        60: _kind(_REASON, ""),
        90: _original(request, original.mti, request.original),
        122: _own(request, {"reason": request.reason}),
    }


def _reported(report: ScriptReport, row: SwitchMessage) -> dict[int, FieldValue]:
    chip = report.chip or tlv.encode(_SCRIPT_RESULTS, report.results)
    if _results(chip) != report.results:
        raise UnfitForSwitch("field 55 and the results differ")
    return {
        4: "0" * 12,
        22: _UNTOLD_ENTRY,
        39: "00",
        49: _CURRENCY,
        55: chip,
        60: _kind(_NO_REASON, ""),
        70: row.network,
        90: _original(report, BUSINESS_SWITCHED[Business.PURCHASE].mti, report.original),
        122: _own(report, {}),
    }


def _original(request: IssuerRequest, mti: str, original: MessageKey) -> str:
    acquirer = request.acquirer.rjust(_INSTITUTION, "0")
    parts = {"mti": mti, "stan": original.stan, "time": _UNTOLD_TIME, "acquirer": acquirer, "forwarder": acquirer}
    return switch_joined(90, parts)


def _own(request: IssuerRequest, parts: dict[str, str]) -> str:
    original = request.original
    named = (
        {}
        if original is None
        else {
            "original_terminal": original.terminal,
            "original_merchant": original.merchant,
            "original_batch": original.batch,
        }
    )
    return own_text(ACQUIRERS_OWN, {"rate": "0" * 6, "batch": request.key.batch, **named, **parts})


def _kind(reason: str, entry: str) -> str:
    ability = _ABILITIES.get(entry[:2], "0")
    return switch_joined(60, {"reason": reason, "owner_kind": "0", "ability": ability, "chip_condition": "0"})


# --- back ------------------------------------------------------------------------------------------------------------


def _authorisation(message: AcquirerMessage, row: SwitchMessage, business: Business) -> AuthorisationRequest:
    own, private = own_parts(ACQUIRERS_OWN, message.text(122)), message.raw(48)
    original_amount, before_discount = _private_amounts(private)
    if message.raw(52) and message.text(53) != _PIN_FORMAT:
        raise UnfitForSwitch("field 53: PIN blocks are of format 0, with the account, under a double key", _PIN_UNREAD)
    return AuthorisationRequest(
        business=business,
        key=_key(message, own),
        acquirer=message.text(32),
        moment=message.text(7),
        pan=message.text(2),
        sequence=message.text(23),
        expiry=message.text(14) or own.get("expiry", ""),
        amount=int(message.text(4) or 0),
        currency=message.text(49),
        entry=message.text(22),
        chip=message.raw(55),
        track2=message.text(35),
        pin_block=message.raw(52),
        new_pin=new_pin_in_field(private),
        original=_named_original(message, own) if 90 in message.fields else None,
        original_amount=original_amount,
        reference=own.get("reference", ""),
        account_to=message.text(103),
        before_discount=before_discount,
        member=member_in(message.text(104)),
        offline=row.offline,
    )


def _private_amounts(private: bytes) -> tuple[int, int]:
    """Of field 48: amount of the original, price before discount. Raises UnfitForSwitch for another use."""
    if not private or new_pin_in_field(private):
        return 0, 0
    found = _AMOUNT.fullmatch(private)
    if found is None:
        raise UnfitForSwitch("field 48: no use that a question to an issuer has, or an amount of other than 12 digits")
    return (0, int(found[2])) if found[1] == b"RA" else (int(found[2]), 0)


def _reversal(message: AcquirerMessage) -> ReversalRequest:
    own = own_parts(ACQUIRERS_OWN, message.text(122))
    codes = switch_parted(90, message.text(90)).get("mti"), message.text(3)
    business = next((each for each, row in BUSINESS_SWITCHED.items() if (row.mti, row.processing) == codes), None)
    if business is None:
        raise UnfitForSwitch("fields 3 and 90: no message that can be reversed", _NOT_VALID)
    return ReversalRequest(
        business=business,
        key=_key(message, own),
        original=_named_original(message, own),
        acquirer=message.text(32),
        moment=message.text(7),
        pan=message.text(2),
        amount=int(message.text(4) or 0),
        reason=own.get("reason", ""),
        chip=message.raw(55),
    )


def _script_report(message: AcquirerMessage) -> ScriptReport:
    own, chip = own_parts(ACQUIRERS_OWN, message.text(122)), message.raw(55)
    results = _results(chip)
    if not results or len(results) % _SCRIPT_RESULT_LENGTH:
        raise UnfitForSwitch("field 55: no DF31 of five bytes a script")
    return ScriptReport(
        key=_key(message, own),
        original=_named_original(message, own),
        acquirer=message.text(32),
        moment=message.text(7),
        pan=message.text(2),
        results=results,
        chip=b"" if chip == tlv.encode(_SCRIPT_RESULTS, results) else chip,
    )


def _key(message: AcquirerMessage, own: Mapping[str, str]) -> MessageKey:
    return MessageKey(message.text(41), message.text(42), own.get("batch", ""), message.text(11))


def _named_original(message: AcquirerMessage, own: Mapping[str, str]) -> MessageKey:
    """Of field 90 and 122. Raises UnfitForSwitch for another acquirer's."""
    parts = switch_parted(90, message.text(90))
    if parts.get("acquirer") != message.text(32).rjust(_INSTITUTION, "0"):
        raise UnfitForSwitch("field 90: another acquirer's message", _NO_ORIGINAL)
    return MessageKey(
        own.get("original_terminal", ""),
        own.get("original_merchant", ""),
        own.get("original_batch", ""),
        parts.get("stan", ""),
    )


def _results(chip: bytes) -> bytes:
    """Raises TlvError."""
    return tlv.find(chip, _SCRIPT_RESULTS) or b""
