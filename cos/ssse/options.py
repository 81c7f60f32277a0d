"""Where sources on the social side disagree and both readings occur in the field: one setting each."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class SocialOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Choices of the COS maker on the social side.

    ``card_block_scope``: CARD BLOCK stops the social environment only (the plan: the sides do not affect each
    other) or the whole card (SSC-5 §6.2, SSC-7 §13.1). ``cyclic_number_adds``: UPDATE RECORD with number 00 or 01
    on a cyclic file adds a record, as readers in the field expect (SSC-5 §6.13 knows only "previous").
    ``select_ef_p1``: an EF may be selected with P1 = 00 and a DF with P1 = 01, as half of all programs do
    ("field"), or as SSC-5 table 35 has it ("standard").
    """

    card_block_scope: Literal["environment", "card"] = "environment"
    cyclic_number_adds: bool = True
    select_ef_p1: Literal["field", "standard"] = "field"
