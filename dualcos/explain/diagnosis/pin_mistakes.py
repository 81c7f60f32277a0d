"""A PIN that came in a form which is not its side's (密码格式错误). No finding says a digit, nor how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from apdu.status import SW
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.pin_form import BANK, CHANGE_PIN, SOCIAL, PinForm, forms_in, pin_form

_RIGHT: Mapping[str, PinForm] = MappingProxyType({SOCIAL: PinForm.PACKED, BANK: PinForm.BLOCK})
_CLAUSES: Mapping[str, str] = MappingProxyType({SOCIAL: "SSC-5 §6.14", BANK: "PBOC-5 B.15"})
_KINDS: Mapping[str, Mapping[PinForm, str]] = MappingProxyType(
    {
        SOCIAL: MappingProxyType(
            {
                PinForm.PACKED_SHORT: "pin.length",
                PinForm.PACKED_LONG: "pin.length",
                PinForm.FILLED: "pin.filled",
                PinForm.CHARACTERS: "pin.ascii",
                PinForm.BLOCK: "pin.block-of-bank",
                PinForm.BLOCK_LENGTH: "pin.block-of-bank",
                PinForm.BLOCK_OPEN: "pin.block-of-bank",
                PinForm.BLOCK_0: "pin.block-of-bank",
                PinForm.UNPACKED: "pin.bcd",
                PinForm.NO_DIGITS: "pin.no-digits",
            }
        ),
        BANK: MappingProxyType(
            {
                PinForm.PACKED: "pin.packed-of-social",
                PinForm.PACKED_SHORT: "pin.packed-of-social",
                PinForm.PACKED_LONG: "pin.packed-of-social",
                PinForm.FILLED: "pin.packed-of-social",
                PinForm.CHARACTERS: "pin.ascii",
                PinForm.BLOCK_LENGTH: "pin.length-nibble",
                PinForm.BLOCK_OPEN: "pin.not-filled",
                PinForm.BLOCK_0: "pin.block-0",
                PinForm.UNPACKED: "pin.bcd",
                PinForm.NO_DIGITS: "pin.no-digits",
            }
        ),
    }
)
_COMPARED = frozenset(("wrong PIN", "wrong offline PIN"))
_OLD, _NEW = "old PIN", "new PIN"


def pin_mistake(situation: Situation) -> Iterable[Diagnosis]:
    """What is wrong with the form of a refused PIN; if nothing is, and it was compared, that its digits are."""
    side = situation.spot.environment
    if not situation.pin_form or side not in _RIGHT:
        return ()
    return tuple(_found(situation, side))[:1]


def _found(situation: Situation, side: str) -> Iterator[Diagnosis]:
    forms = forms_in(situation.pin_form)
    two = situation.command.ins == CHANGE_PIN
    if two and len(forms) == 1:
        yield _told("pin.no-separator", Certainty.LIKELY, side, forms[0], "")
        return
    for name, form in zip((_OLD, _NEW) if two else ("PIN",), forms, strict=False):
        kind = _KINDS[side].get(form)
        if form is PinForm.NO_DIGITS and situation.sw == SW.WRONG_P1P2:
            continue  # another command altogether
        if kind is not None:
            yield _told(kind, Certainty.LIKELY, side, form, name)
    if forms and situation.why in _COMPARED:
        yield _told("pin.digits", Certainty.NOTE, side, forms[0], _OLD if two else "PIN")


def enciphered_pin_mistake(deciphered: bytes, certainty: Certainty) -> Iterator[Diagnosis]:
    """What is wrong with the form of a new PIN that came enciphered on the social side."""
    form = pin_form(deciphered, SOCIAL)
    kind = _KINDS[SOCIAL].get(form)
    if kind is not None:
        yield _told(kind, certainty, SOCIAL, form, _NEW)


def _told(kind: str, certainty: Certainty, side: str, form: PinForm, which: str) -> Diagnosis:
    return Diagnosis(kind, certainty, {"pin": which}, _RIGHT[side], form, _CLAUSES[side])
