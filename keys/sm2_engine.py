"""The arithmetic under SM2: the library's, with points multiplied by ``ecdsa`` where that is installed.

``gmssl`` multiplies points in hexadecimal text, 10 ms each; ``ecdsa`` (optional extra ``fast``, like gmpy2, which it
uses) takes a fifth of it, of the point that all keys begin from a fifteenth. What comes out is the same, and what is
made of it, signatures and the key of a cipher text, is the work of ``gmssl``. Imported at the first use of SM2.
"""

from __future__ import annotations

import gmssl.sm2 as library

try:
    from ecdsa.ellipticcurve import CurveFp, PointJacobi
except ImportError:
    PointJacobi = None

_C1C3C2 = 1
_HALF = 64  # hexadecimal digits of a coordinate
_P, _N, _A, _B = (int(library.default_ecc_table[name], 16) for name in ("p", "n", "a", "b"))
_G: str = library.default_ecc_table["g"]  # as the library wants points: x ‖ y in hexadecimal digits

if PointJacobi is not None:
    _CURVE = CurveFp(_P, _A, _B, 1)
    _GENERATOR = PointJacobi(_CURVE, int(_G[:_HALF], 16), int(_G[_HALF:], 16), 1, _N, generator=True)
    _GENERATOR * 2  # its table, made with the module: nothing of it changes any more


class Sm2Engine:
    """The library with one pair of keys, of which either may be empty. ``order``: how many points there are."""

    order = _N

    def __init__(self, private: bytes = b"", public: bytes = b"") -> None:
        self._library = library.CryptSM2(private.hex(), "", mode=_C1C3C2)
        self._library.public_key = public.hex()  # not through the constructor: it would strip digits
        self._by_library = self._library._kg  # noqa: SLF001 - the library's only way
        self._library._kg = self._multiple  # noqa: SLF001 - wherever it multiplies
        self._last: tuple[int, str, str] = (0, "", "")

    @staticmethod
    def holds(point: bytes) -> bool:
        """True if x ‖ y is a point of the curve: coordinates below p, y² = x³ + ax + b."""
        x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
        return x < _P and y < _P and (y * y - x * x * x - _A * x - _B) % _P == 0

    def multiple(self, number: bytes, point: bytes | None = None) -> bytes:
        """``number`` times a point of the curve, if None the one that keys begin from; empty: the point at infinity."""
        found = self._multiple(int.from_bytes(number, "big"), _G if point is None else point.hex())
        return bytes.fromhex(found or "")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """True if ``signature``, whose numbers are in range, is right."""
        try:
            return bool(self._library.verify_with_sm3(signature.hex(), message))
        except TypeError:  # the library has no word for the point at infinity: no signature leads there
            return False

    def sign(self, message: bytes, number: bytes) -> bytes | None:
        """A signature with the random ``number``; None if it serves for none."""
        made = self._library.sign_with_sm3(message, number.hex())
        return None if made is None else bytes.fromhex(made)

    def decrypt(self, cipher: bytes) -> bytes | None:
        """The plain text of C1 ‖ C3 ‖ C2; C3 is not looked at. None if the library finds none."""
        plain = self._library.decrypt(cipher)
        return None if plain is None else bytes(plain)

    def _multiple(self, number: int, point: str) -> str | None:
        """As the library's; the last one is remembered, which a cipher text asks for twice."""
        if self._last[:2] != (number, point):
            self._last = number, point, self._multiplied(number, point) or ""
        return self._last[2] or None

    def _multiplied(self, number: int, point: str) -> str | None:
        if PointJacobi is None:
            found: str | None = self._by_library(number, point)
            return found
        if point == _G:
            there = (_GENERATOR * number).to_affine()
        else:
            there = (PointJacobi(_CURVE, int(point[:_HALF], 16), int(point[_HALF:], 16), 1, _N) * number).to_affine()
        return None if there.x() is None else f"{int(there.x()):064x}{int(there.y()):064x}"
