"""Where part 9 is silent, contradicts itself, or the field reads it differently: one setting each."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct


class PsamOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Choices of the COS maker. Defaults are the recommended readings; the docstring below each field gives the other
    one and who reads it so.
    """

    path: ClassVar[str] = "psam.options"

    mac_answer: Literal["4 bytes", "block"] = "4 bytes"
    """CIPHER DATA answers a MAC with 4 bytes (default) or, for 8-byte ciphers, with the whole block (SSC-9 §9.8 gives
    no length). A 16-byte cipher's MAC is always folded to 4."""

    wrong_mac2: Literal["63CF", "9302"] = "63CF"
    """CREDIT SAM FOR PURCHASE answers a wrong MAC2 with 63CF (SSC-9 §9.10.1, default) or 9302 (SSC-9 table 31)."""

    session_factor: Literal["16 or 8", "16"] = "16 or 8"
    """For 16-byte ciphers the session factor has 16 bytes (SSC-9 §9.7), or 8 as well, which programs of a sibling card
    send (default)."""

    factor_order: Literal["card first", "province first"] = "card first"
    """Diversification factors of DELIVERY SESSION KEY come card first, as programs send them and SSC-9 §9.9 has it for
    80 70 (default), or the other way round."""

    delivered_key: Literal["one type", "one calculation"] = "one type"
    """The delivered key serves calculations of one type (SSC-9 §9.8, default) or one calculation, as programs that
    deliver anew each time assume."""

    terminal_sequence: Literal["80 70", "80 72"] = "80 70"
    """File 0019 steps with each accepted INIT SAM FOR PURCHASE (default) or only with a right MAC2."""

    failed_authentication: Literal["63Cx", "6982"] = "63Cx"
    """EXTERNAL AUTHENTICATION fails with 63Cx as on the user card (default) or with 6982 (SSC-9 table 18 has no
    63Cx)."""

    initialize_environment: Literal["picks cipher", "accepted"] = "picks cipher"
    """INITIALIZE ENVIRONMENT decides which cipher comes first where the application holds a key under two (default),
    or is only accepted."""
