"""Where sources on the social side disagree and both readings occur in the field: one setting each.

Elsewhere: Le 00 of READ RECORD, 61xx and a superfluous Le are the transmission's; access rules, record order and item
60 go by the edition and the profile, DIR file and DIR entries by the profile; MAC2, MAC length and session factor are
the PSAM's. No setting, as one card serves both readings: plain and secured updates, KID 00, old and new key names, STK
of either type in a PSAM. No setting, as nothing on the wire could show the other reading: an update that worked after
internal tries (63Cx, SSC-7 §7.5) presupposes memory that fails and recovers.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct


class MedicalOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Readings of the medical commands (SSC-5 §7, SSC-7 §11 to §15). Defaults are the recommended readings; the
    docstring below each field gives the other one and who reads it so.
    """

    path: ClassVar[str] = "ssse.options.medical"

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
    """Choices of the COS maker on the social side. Defaults are the recommended readings; the docstring below each
    field gives the other one and who reads it so.
    """

    path: ClassVar[str] = "ssse.options"

    card_block_scope: Literal["environment", "card"] = "environment"
    """CARD BLOCK stops the social environment only (总体方案 一（一）2: the sides do not affect each other; SSC-4 §5.5,
    default) or the whole card (SSC-5 §6.2, SSC-7 §13.1, as literally written)."""

    cyclic_number_adds: bool = True
    """UPDATE RECORD with number 00 or 01 on a cyclic file adds a record, as readers in the field expect (default);
    False: only "previous" adds (SSC-5 §6.13)."""

    select_ef_p1: Literal["field", "standard"] = "field"
    """An EF may be selected with P1 = 00 and a DF with P1 = 01, as half of all programs do (default), or each only
    as SSC-5 table 35 has it."""

    read_binary_le00: Literal["transmission", "data"] = "transmission"
    """READ BINARY with Le 00 and fewer than 256 bytes left: as the card answers reads in general (6Cxx at T=0,
    SSC-2 §9.3.2.1, default), or the data at once (SSC-5 §6.9.4)."""

    get_response_nothing: Literal["6F00", "6400"] = "6F00"
    """GET RESPONSE with nothing waiting: 6F00 (SSC-5 table 21, default) or 6400 (SSC-2 table 19)."""

    missing_mac: Literal["6987", "6988"] = "6987"
    """A secured command without room for a MAC: 6987 (SSC-7 §7.4, default), or 6988 as no table of SSC-5 lists
    6987."""

    secured_updates: Literal["MAC", "enciphered"] = "MAC"
    """UPDATE with class 04 carries plain data and a MAC (default), or enciphered data and a MAC: nothing in the command
    tells, the application fixes it beforehand (SSC-4 §8.1)."""

    block_keys_lock: bool = False
    """BK and LK are never locked by failures (SSC-7 §13.1, §13.2, default). True: they count like every key
    (SSC-7 §6.6)."""

    wrong_mac_counts_for_puk: bool = True
    """A wrong MAC in PIN CHANGE/UNBLOCK costs PUK a try (SSC-7 §13.3 "repeated unblock failures", default). False:
    only failed authentications do."""

    unblock_may_clear_pin: bool = True
    """PIN CHANGE/UNBLOCK P2 01 with the MAC alone sets no PIN (SSC-5 §6.8.3, default). False: 6700, as table 26 knows
    no such length."""

    blocked_twice: Literal["9303", "9000"] = "9303"
    """APPLICATION BLOCK while the application is blocked already: 9303 like every command (SSC-7 §13.2, default) or
    9000 (SSC-5 §6.1.5)."""

    medical: MedicalOptions = MedicalOptions()
