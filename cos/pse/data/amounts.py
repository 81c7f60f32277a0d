"""Numbers of the application: n format (packed decimal) and the currency conversion factor 9F73 (货币转换因子)."""

from __future__ import annotations


def from_n(value: bytes) -> int:
    """The number a packed decimal field holds. Total: a nibble above 9 counts with its value, as an adder would."""
    digits = value.hex()
    if digits.isdecimal():
        return int(digits)
    number = 0
    for byte in value:
        number = number * 100 + (byte >> 4) * 10 + (byte & 15)
    return number


def to_n(number: int, length: int) -> bytes:
    """``number`` as packed decimal, right-justified in ``length`` bytes. Raises ValueError if it does not fit."""
    digits = f"{number:0{2 * length}d}"
    if number < 0 or len(digits) > 2 * length:
        raise ValueError(f"{number} does not fit into n{2 * length}")
    return bytes.fromhex(digits)


def convert(amount: int, factor: bytes) -> int:
    """``amount`` times 9F73: first nibble = decimals d, then seven digits f; amount × f ÷ 10^d, fraction dropped.

    PBOC-5 A.1; the standard's example 20000175 is 1.75. Raises ValueError unless ``factor`` has 4 bytes.
    """
    if len(factor) != 4:
        raise ValueError(f"9F73 has 4 bytes, not {len(factor)}")
    decimals = factor[0] >> 4
    digits = from_n(bytes((factor[0] & 15,)) + factor[1:])
    converted: int = amount * digits // 10**decimals
    return converted
