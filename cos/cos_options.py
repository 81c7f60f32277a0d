"""What the COS maker decided: transmission and the options of each stack, as values, and as text beside a card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from apdu.status import StatusWord
from cos.kernel.stack import Stack, Stacks
from cos.kernel.transmission import TransmissionOptions
from cos.stacks import STACKS, by_label, defaults


class CardPartsError(ValueError):
    """These parts make no card; the message says why."""


class CosOptions(NamedTuple):
    """What the COS maker decided: how the card answers, and one reading per contradiction of the standards.

    ``stacks``: the options of each stack this COS has, by label; exactly one of them answers for the MF.
    """

    transmission: TransmissionOptions
    stacks: Mapping[str, Struct]

    @staticmethod
    def of(
        *given: Struct, transmission: TransmissionOptions | None = None, under: str = "", stacks: Stacks = STACKS
    ) -> CosOptions:
        """The COS of a card whose MF the stack ``under`` answers for, the first one if none is named.

        The options are the recommended ones but for those given.
        """
        kinds = {stack.options: stack for stack in stacks}
        known = {kinds[type(options)].label: options for options in given}
        root = under or next((kinds[type(each)].under for each in given), stacks[0].label)
        return CosOptions(transmission or TransmissionOptions(), {**defaults(root, stacks), **known})


def read_options(text: str, stacks: Stacks = STACKS) -> CosOptions:
    """Settings as ``written_options`` writes them; what a newer COS can set besides has its default.

    Raises CardPartsError.
    """
    try:
        told = msgspec.json.decode(text, type=_Written)
        under = {found.under for label in told.stacks if (found := by_label(label, stacks)) is not None}
        unknown = told.stacks.keys() - {stack.label for stack in stacks}
        if unknown or len(under) != 1:
            raise ValueError(f"this COS has no stack {' '.join(sorted(unknown)) or 'that answers for its MF'}")
        read = {stack.label: _options_of(stack, told.stacks) for stack in stacks if stack.under in under}
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise CardPartsError(f"its options cannot be read ({error})") from None
    return CosOptions(told.transmission, read)


class _Written(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings as text has them."""

    transmission: TransmissionOptions
    stacks: dict[str, dict[str, object]]


def _options_of(stack: Stack, told: Mapping[str, object]) -> Struct:
    return msgspec.convert(told.get(stack.label, {}), stack.options, dec_hook=_status_word)


def _status_word(kind: type, value: object) -> object:
    if kind is StatusWord and isinstance(value, str):
        return StatusWord(int(value, 16))
    raise NotImplementedError(kind)


def _encode(value: object) -> object:
    if isinstance(value, StatusWord):
        return repr(value)
    raise NotImplementedError(type(value))


def written_options(options: CosOptions, *, all_of_them: bool = False) -> str:
    """Settings as one line of JSON, for ``read_options``.

    One that its type calls ``later`` (than the first texts of this kind) is left out where it has its default, unless
    ``all_of_them`` are wanted: texts of before stay what they are, byte for byte, and older programs read such cards.
    """
    stacks = {label: _told(each, all_of_them=all_of_them) for label, each in options.stacks.items()}
    told = {"transmission": _told(options.transmission, all_of_them=all_of_them), "stacks": stacks}
    return msgspec.json.encode(told, enc_hook=_encode).decode()


def _told(options: Struct, *, all_of_them: bool) -> dict[str, object]:
    told = structs.asdict(options)
    later = () if all_of_them else getattr(options, "later", ())
    usual = type(options)() if later else options
    return {name: value for name, value in told.items() if name not in later or value != getattr(usual, name)}


def describe_options(options: CosOptions, *, all_of_them: bool = False) -> str:
    """The same as indented JSON."""
    written = written_options(options, all_of_them=all_of_them)
    return json.dumps(json.loads(written), indent=2, ensure_ascii=False)
