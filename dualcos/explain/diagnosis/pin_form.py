"""The form in which a PIN came (密码格式), never its digits: the one place that looks at a presented PIN.

A form is told of a PIN that was refused, and to nobody but the finding (``pin_mistakes``): packed digits as the social
side has them (SSC-5 §6.14), a format-2 block as the bank has it (PBOC-5 B.15, ISO 9564-1), and what hosts send instead.
All PINs of one length in one form are the same here; what can be either of two forms (eight packed digits, every other
one a 3, are four characters as well) is told as that which a mistaken host sends, for no host that is right gets here.
"""

from __future__ import annotations

from enum import Enum

from apdu.command import CommandAPDU
from apdu.status import SW, StatusWord

VERIFY, CHANGE_PIN = 0x20, 0x5E
SOCIAL = "ssse"
BANK = "pse"
_BLOCK, _LEAST, _MOST_IN_BLOCK, _MOST_PACKED = 8, 4, 12, 8
_SEPARATOR, _FILL = b"\xff", "f"
_DIGITS, _CHARACTERS = frozenset("0123456789"), frozenset(range(0x30, 0x3A))
_TAIL = frozenset("6789abcdef")  # F with a digit of an account number over it
_JOINED = "+"


class PinForm(Enum):
    """What a PIN looks like without its digits."""

    PACKED = "packed digits 压缩数字"
    PACKED_SHORT = "fewer than four packed digits 不足四位压缩数字"
    PACKED_LONG = "more than sixteen packed digits 超过十六位压缩数字"
    FILLED = "packed digits filled with F 以F填充的压缩数字"
    CHARACTERS = "characters 字符"
    UNPACKED = "a digit a byte 每字节一位"
    BLOCK = "format-2 block 格式2密码块"
    BLOCK_LENGTH = "format-2 block of another length nibble 长度不符的格式2密码块"
    BLOCK_OPEN = "format-2 block not filled with F 未以F填充的格式2密码块"
    BLOCK_0 = "format-0 block 格式0密码块"
    NO_DIGITS = "no digits 非数字"
    NOTHING = "nothing 空"


def pin_form(data: bytes, side: str) -> PinForm:
    """Which form ``data`` have; ``side``: label of the stack they were sent to, for what is right there."""
    if not data:
        return PinForm.NOTHING
    digits = data.hex()
    body, fill = digits.rstrip(_FILL), len(digits) - len(digits.rstrip(_FILL))
    return (
        _block(digits, side)
        or _characters(data, side)
        or _unpacked(data)
        or (_packed(body, fill) if {*body} <= _DIGITS else PinForm.NO_DIGITS)
    )


def _block(digits: str, side: str) -> PinForm | None:
    """A block of 8 bytes that begins with control and length nibble. On the social side sixteen digits are none."""
    if len(digits) != 2 * _BLOCK or not _LEAST <= int(digits[1], 16) <= _MOST_IN_BLOCK:
        return None
    length, body = int(digits[1], 16), digits[2:]
    inside, behind = body[:length], body[length:]
    fill = len(body) - len(body.rstrip(_FILL))
    if digits[0] == "2":
        if fill >= (1 if side == BANK else 2) and {*body.rstrip(_FILL)} <= _DIGITS:
            return PinForm.BLOCK if fill == len(behind) else PinForm.BLOCK_LENGTH
        return PinForm.BLOCK_OPEN if side == BANK and {*inside} <= _DIGITS else None
    strange = sum(each not in _DIGITS for each in behind)
    if digits[0] == "0" and {*body[:2]} <= _DIGITS and {*behind} <= _TAIL and (side == BANK or strange > 1):
        return PinForm.BLOCK_0
    return None


def _characters(data: bytes, side: str) -> PinForm | None:
    """Digits as text, perhaps filled up. Fewer than four are no PIN: on the social side these bytes are packed."""
    text = data.rstrip(b"\xff") if data.endswith(b"\xff") else data.rstrip(b"\0")
    least = _LEAST if side == SOCIAL else 1
    return PinForm.CHARACTERS if len(text) >= least and {*text} <= _CHARACTERS else None


def _unpacked(data: bytes) -> PinForm | None:
    return PinForm.UNPACKED if len(data) >= _LEAST and max(data.rstrip(b"\xff"), default=0xFF) < 10 else None


def _packed(body: str, fill: int) -> PinForm:
    if fill > 1:
        return PinForm.FILLED
    if len(body) < _LEAST:
        return PinForm.PACKED_SHORT
    return PinForm.PACKED if len(body) <= 2 * _MOST_PACKED else PinForm.PACKED_LONG


# --- of a command -----------------------------------------------------------------------------------------------------


def form_of_refused(command: CommandAPDU, environment: str | None, sw: StatusWord) -> str:
    """In which form the PINs of ``command`` came, in one word to be kept with a masked record; empty if it carries none
    in clear, or was not refused for it: of a PIN that is right, or was not looked at, nothing is told.
    """
    if environment not in (SOCIAL, BANK) or sw.is_success or sw == SW.METHOD_BLOCKED or not command.data:
        return ""
    if command.ins == VERIFY and not command.cla & 0x80:
        return pin_form(command.data, environment).name
    if (command.ins, environment) != (CHANGE_PIN, SOCIAL) or command.cla & 0x04:
        return ""
    return _JOINED.join(pin_form(each, environment).name for each in _two(command.data))


def _two(data: bytes) -> tuple[bytes, ...]:
    """Old and new PIN on both sides of FF; one piece if nothing parts them."""
    if len(data) == 2 * _BLOCK + 1 and data[_BLOCK : _BLOCK + 1] == _SEPARATOR:
        return data[:_BLOCK], data[_BLOCK + 1 :]
    old, separator, new = data.partition(_SEPARATOR)
    return (old, new) if separator else (data,)


def forms_in(word: str) -> tuple[PinForm, ...]:
    """The forms behind such a word; nothing for what ``form_of_refused`` never says."""
    found = [PinForm.__members__.get(each) for each in word.split(_JOINED)] if word else []
    return tuple(each for each in found if each is not None) if None not in found else ()
