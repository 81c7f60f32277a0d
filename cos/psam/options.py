"""Where part 9 is silent, contradicts itself, or the field reads it differently: one setting each."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class PsamOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Choices of the COS maker.

    ``mac_answer``: CIPHER DATA answers a MAC with 4 bytes or, for 8-byte ciphers, with the whole ``block`` (SSC-9 §9.8
    gives no length). ``wrong_mac2``: CREDIT SAM FOR PURCHASE answers a wrong MAC2 with 63CF (§9.10.1) or 9302 (table
    31). ``session_factor``: for 16-byte ciphers 16 bytes (§9.7), or 8 as well, as a sibling card's programs send.
    ``factor_order``: order of the diversification factors in DELIVERY SESSION KEY (written down for 80 70 only).
    ``delivered_key``: how long the delivered key lives (§9.8 ties it to calculations of one type).
    ``terminal_sequence``: file 0019 steps with each accepted 80 70 or only with a right MAC2.
    ``failed_authentication``: EXTERNAL AUTHENTICATION fails with 63Cx as on the user card, or with 6982 (table 18 has
    no 63Cx). ``initialize_environment``: BF EC picks the cipher where both hold a key, or is only accepted.
    """

    mac_answer: Literal["4 bytes", "block"] = "4 bytes"
    wrong_mac2: Literal["63CF", "9302"] = "63CF"
    session_factor: Literal["16 or 8", "16"] = "16 or 8"
    factor_order: Literal["card first", "province first"] = "card first"
    delivered_key: Literal["one type", "one calculation"] = "one type"
    terminal_sequence: Literal["80 70", "80 72"] = "80 70"
    failed_authentication: Literal["63Cx", "6982"] = "63Cx"
    initialize_environment: Literal["picks cipher", "accepted"] = "picks cipher"
