"""增值服务: what a merchant has agreed with the bank for holders of its value-added file. Rules as data; the scheme is
inferred, 总体方案 asks only for points and preferences at agreed merchants.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class MerchantAgreement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``programme``: whose points they are. ``points_per_yuan``: for each whole yuan paid. ``percent_off``: of the
    price; what is taken off is rounded down to whole fen.
    """

    programme: Annotated[str, Meta(min_length=1)]
    points_per_yuan: Annotated[int, Meta(ge=0)] = 0
    percent_off: Annotated[int, Meta(ge=0, le=99)] = 0

    def special_price(self, price: int) -> int:
        """What is paid for ``price`` fen."""
        return price - price * self.percent_off // 100
