"""Right answers made wrong: pure functions of the answer (data, SW1, SW2), the fault, and a random stream.

Each returns the wrong answer and what was done to it, in words without any byte of the data; None if the answer gives
no occasion (no data to cut, no TLV to spoil), so that nothing is claimed that did not happen.
"""

from __future__ import annotations

from typing import NamedTuple

from dualcos.lab.faults.fault_kinds import Answer, Flip, Lengthen, Malform, Shape, Truncate
from firewall.hardware.randomness import Rng

_DEPTH = 100
_MOST_NAMED = 8
_FIRST_LONG = 0x80


class Bent(NamedTuple):
    """A wrong answer, and what is wrong with it."""

    answer: bytes
    text: str


def bend(fault: Answer | Truncate | Flip | Lengthen | Malform, answer: bytes, rng: Rng) -> Bent | None:
    """``answer`` as ``fault`` has it."""
    data, status = answer[:-2], answer[-2:]
    match fault:
        case Answer():
            return _another(fault, data, status)
        case Truncate():
            return _truncated(fault, data, status)
        case Flip():
            return _flipped(fault, data, status, rng)
        case Lengthen():
            if len(data) >= fault.length:
                return None
            more = bytes.fromhex(fault.fill) * (fault.length - len(data))
            return Bent(data + more + status, f"{fault.length} bytes of data instead of {len(data)}")
        case Malform():
            spoilt = malformed(fault.shape, data)
            return None if spoilt is None else Bent(spoilt + status, f"TLV spoilt: {fault.shape}")


def _another(fault: Answer, data: bytes, status: bytes) -> Bent:
    sent = data if fault.data is None else bytes.fromhex(fault.data)
    text = f"{fault.sw.upper()} instead of {status.hex().upper()}"
    if sent != data:
        text += f", {len(sent)} bytes of data instead of {len(data)}"
    return Bent(sent + bytes.fromhex(fault.sw), text)


def _truncated(fault: Truncate, data: bytes, status: bytes) -> Bent | None:
    if fault.keep > len(data) or (fault.keep == len(data) and fault.status):
        return None
    kept = data[: fault.keep] + (status if fault.status else b"")
    if not kept:
        return None
    word = "with the status word" if fault.status else "and no status word"
    return Bent(kept, f"cut off: {fault.keep} of {len(data)} bytes of data {word}")


def _flipped(fault: Flip, data: bytes, status: bytes, rng: Rng) -> Bent | None:
    start, stop = {"data": (0, len(data)), "status": (len(data), len(data) + 2), "answer": (0, len(data) + 2)}[
        fault.where
    ]
    places = (stop - start) * 8
    if not places:
        return None
    wrong = bytearray(data + status)
    chosen: list[int] = []
    while len(chosen) < min(fault.bits, places):
        place = int.from_bytes(rng.bytes(4), "big") % places
        if place not in chosen:
            chosen.append(place)
            wrong[start + place // 8] ^= 0x80 >> place % 8
    named = ", ".join(f"byte {start + place // 8} bit {8 - place % 8}" for place in sorted(chosen)[:_MOST_NAMED])
    more = f" and {len(chosen) - _MOST_NAMED} more" if len(chosen) > _MOST_NAMED else ""
    return Bent(bytes(wrong), f"flipped {named}{more}")


def malformed(shape: Shape, data: bytes) -> bytes | None:
    """``data`` (TLV) spoilt; None if it does not begin with a TLV object.

    length-beyond: the first length reaches one byte past the end. length-huge: it takes four bytes and says 4 GiB.
    length-indefinite: 80, which BER allows and ISO 7816-4 §5.2.2.2 does not. tag-endless: every byte of the tag says
    that another follows. nested: a hundred templates within each other. cut-short: ends within the first object.
    twice: the first object comes two times.
    """
    tag = _tag(data)
    if tag is None:
        return None
    length, body = _length(data[len(tag) :])
    rest = data[len(tag) + length :]
    match shape:
        case "length-beyond":
            return tag + _coded(len(rest) + 1) + rest
        case "length-huge":
            return tag + b"\x84\xff\xff\xff\xff" + rest
        case "length-indefinite":
            return tag + b"\x80" + rest
        case "tag-endless":
            return tag[:1] + b"\xff" * len(data[1:])
        case "nested":
            for _ in range(_DEPTH):
                data = b"\x70" + _coded(len(data)) + data
            return data
        case "cut-short":
            return data[: len(tag) + length + body // 2] if body > 1 else None
        case "twice":
            first = data[: len(tag) + length + body]
            return first + data


def _tag(data: bytes) -> bytes | None:
    """The first tag (ISO 7816-4 §5.2.2.1), if something follows it."""
    if len(data) < 2 or data[0] in (0x00, 0xFF):
        return None
    if data[0] & 0x1F != 0x1F:
        return data[:1]
    end = next((at for at in range(1, min(len(data), 4)) if not data[at] & 0x80), None)
    return None if end is None or end + 1 >= len(data) else data[: end + 1]


def _length(data: bytes) -> tuple[int, int]:
    """Bytes the length field takes, and the length it names, at most what is there."""
    more = data[0] - _FIRST_LONG if data[0] > _FIRST_LONG else 0
    named = int.from_bytes(data[1 : 1 + more], "big") if more else data[0]
    return 1 + more, min(named, max(0, len(data) - 1 - more))


def _coded(length: int) -> bytes:
    """A length field, ISO 7816-4 §5.2.2.2."""
    if length < _FIRST_LONG:
        return bytes((length,))
    raw = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_FIRST_LONG | len(raw),)) + raw
