"""Where sources on the social side disagree and both readings occur in the field: one setting each."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class MedicalOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Readings of the medical commands (SSC-5 §7, SSC-7 §11 to §15). Defaults are the recommended readings; the
    docstring below each field gives the other one and who reads it so.
    """

    type_code: Literal["character", "binary"] = "character"
    """Transaction types in MACs, log and proof are the characters "1" and "2" (V2.0 table 51 calls them *an*,
    default) or the numbers 01 and 02."""

    initialize_lasts: Literal["table", "next command"] = "table"
    """GET BALANCE and GET TRANSACTION PROOF may come between INITIALIZE and CREDIT or DEBIT (SSC-5 table 49, default)
    or not (SSC-5 §7.5.1, §7.6.1)."""

    tac_balance: Literal["new", "old"] = "new"
    """The balance in the TAC of a load is the one after it (as in the bank purse, default) or before it (SSC-7 §11.8
    says neither)."""

    load_proof_mac: Literal["MAC1", "MAC2"] = "MAC1"
    """What GET TRANSACTION PROOF gives as MAC of a load, for which the card makes none in CREDIT: MAC1 of its
    INITIALIZE (default) or the host's MAC2 (SSC-5 table 63, SSC-7 §14)."""

    logged_sequence: Literal["before", "after"] = "before"
    """Log and proof carry the sequence number INITIALIZE answered (default) or the one it steps to."""

    starting_day_right: Literal["DSK", "master key"] = "DSK"
    """UPDATE STARTING DAY needs DSK (default) or the master key ("the right to create files", SSC-5 §7.7.1)."""

    read_starting_day: Literal["free", "PIN"] = "free"
    """GET STARTING DAY is free (default) or needs the PIN (SSC-5 table 78 lists 6982 and names no condition)."""


class SocialOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Choices of the COS maker on the social side.

    ``card_block_scope``: CARD BLOCK stops the social environment only (the plan: the sides do not affect each
    other) or the whole card (SSC-5 §6.2, SSC-7 §13.1). ``cyclic_number_adds``: UPDATE RECORD with number 00 or 01
    on a cyclic file adds a record, as readers in the field expect (SSC-5 §6.13 knows only "previous").
    ``select_ef_p1``: an EF may be selected with P1 = 00 and a DF with P1 = 01, as half of all programs do
    ("field"), or as SSC-5 table 35 has it ("standard"). ``medical``: the off-line account.
    """

    card_block_scope: Literal["environment", "card"] = "environment"
    cyclic_number_adds: bool = True
    select_ef_p1: Literal["field", "standard"] = "field"
    medical: MedicalOptions = MedicalOptions()
