"""The points where the bank standard contradicts itself or is silent, each as one setting with a default.

The defaults are the recommended reading; the docstring below each field gives the clause and the other reading.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from apdu.status import SW, StatusWord


class BankOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One reading of the standard. ``BankOptions()`` is the recommended one."""

    path: ClassVar[str] = "pse.options"

    # --- card risk management ---

    exhausted_pin_first_rule_only: bool = False
    """Check 12: the text lets every set bit of ADA 2.b7, 2.b6, 2.b3 act (PBOC-5 §14.4.3.12, default); figure 11 chains
    them, so that only the first set bit in that order acts (True)."""

    block_on_earlier_exhausted_pin: bool = True
    """ADA 2.b3 at check 12 declines and blocks the application (PBOC-5 §14.4.3.12, default). Some cards ignore it."""

    cvr_shows_block_at_check_12: bool = True
    """CVR 3.b2 is also set when check 12 blocks the application (PBOC-5 A.1 defines the bit so; inferred)."""

    skip_zero_amount: bool = False
    """PBOC-5 §14.4.2 skips checks whose terminal data are zero-filled. An amount of zero is compared all the same
    (default, inferred); True reads the sentence literally for 9F02."""

    count_foreign_without_own_currency: bool = False
    """9F51 (9F57) missing: no international check and no counting (PBOC-5 §14.4.3.7, default). True counts every
    transaction currency (country) as foreign, as some cards do."""

    count_foreign_when_declined: bool = True
    """The international counters also count offline declines (PBOC-5 §14.5.1, §16.7.2.1, figures 13 and 20, default).
    False follows the definition in A.1: "each accepted" transaction."""

    # --- first GENERATE AC ---

    advice_only_if_tries_ran_out_now: bool = True
    """ADA 1.b4 asks for an advice with reason 2 only if the PIN tries ran out in this transaction (PBOC-5 A.1 and
    figure 12, default). False: whenever the try counter is 0 (§14.5.1)."""

    cda_unsupported_refused: bool = False
    """CDA asked although AIP b1 = 0: answer without CDA (PBOC-5 §14.5.4, default), or 6A81 (True)."""

    # --- EXTERNAL AUTHENTICATE ---

    second_ea_marks_cvr: bool = True
    """A second EXTERNAL AUTHENTICATE sets the issuer authentication failure indicator and CVR 2.b4, and the second
    GENERATE AC treats the authentication as failed (PBOC-5 figure 14, conformance case IAU061, default). False: the
    indicator only (words of §15.4.3)."""

    # --- second GENERATE AC ---

    arc_source: Literal["ea", "8A"] = "ea"
    """``ea``: the authorisation response code of EXTERNAL AUTHENTICATE if one was received, else 8A of CDOL2; if both
    came and differ, decline (PBOC-5 §16.6, default). ``8A``: always the one in CDOL2 (figure 16)."""

    second_arqc: Literal["aac", "6985", "figure-20"] = "aac"
    """ARQC asked in the second GENERATE AC: AAC (PBOC-5 figure 16, default); 6985; or ``figure-20``: AAC after an
    online answer, but like TC when unable to go online."""

    decline_if_mandatory_ea_missing: bool = True
    """ADA 1.b6 turns a TC into an AAC when issuer authentication is mandatory and did not take place (PBOC-5 §16.6.2,
    default). Some cards ignore it."""

    online_indicator_kept_when_turned_down: bool = True
    """TC asked and approved but turned down by ADA: the online authorisation indicator stays 1 (no list of PBOC-5
    §16.6.2.2 names it; inferred). False clears it."""

    second_blocked_answers_aac: bool = True
    """A script blocked the application between the two GENERATE AC: the second answers AAC (PBOC-5 §17.5 lets the
    transaction end without naming the cryptogram; inferred). False: the block counts from the next transaction."""

    unable_cumulative_any_currency: bool = False
    """Unable to go online: the cumulative amount check runs for the card's currency only (purpose of PBOC-5 §16.7.1.4,
    default). True: for any currency, as its condition and figure 19 are printed."""

    unable_pin_bit_needs_ada: bool = True
    """Unable to go online: CVR 3.b7 only together with ADA 2.b5 (PBOC-5 §16.7.1 and figure 19, default). False:
    whenever the try counter is 0, like check 12."""

    # --- application transaction counter ---

    atc_stops_before_ffff: bool = False
    """The counter goes to FFFF, and that GET PROCESSING OPTIONS blocks for ever (PBOC-5 §7.4 and figure 5, default).
    True: it blocks at FFFE without counting, as some cards do."""

    gpo_refuses_foreign: bool = False
    """The issuer's own restriction of PBOC-5 §7.4: 9F1A or 5F2A in the PDOL data differing from 9F57 or 9F51 ends GET
    PROCESSING OPTIONS with 6985."""

    gpo_template_word: StatusWord = SW.WRONG_DATA
    """GET PROCESSING OPTIONS whose data do not start with 83: 6A80 (default) or 6700; conformance accepts both."""

    # --- PIN ---

    blocked_pin_always_6983: bool = False
    """VERIFY with try counter 0: 6984 for the first of a transaction, then 6983 (PBOC-5 §11.3, §11.4.2, figure 7,
    default). True: always 6983 (B.15.5)."""

    verify_without_offline_pin: StatusWord = SW.FUNCTION_NOT_SUPPORTED
    """VERIFY on a card without offline PIN: 6A81 (default) or 6D00; not stated."""

    verify_after_first_ac: bool = True
    """VERIFY between an ARQC and the second GENERATE AC is allowed (not stated; inferred)."""

    # --- scripts ---

    script_refused_after_failed_ea: bool = False
    """Script commands after a failed EXTERNAL AUTHENTICATE: executed (PBOC-5 §17.6.2-3, default) or 6985 (PBOC 3.0)."""

    script_refused_after_wrong_mac: bool = False
    """Script commands after one with a wrong MAC in the same transaction: executed (default, PBOC-5 is silent) or
    6985 (PBOC 3.0 cards)."""

    script_failure_sticky: bool = True
    """The script failure indicator stays until a good online transaction (PBOC-5 §17.6.4, default). False: each
    successful command clears it, so that the last one decides."""

    script_missing_mac_counts: bool = False
    """A script command without MAC is not counted (PBOC-5 figure 23, conformance case ISL012, default)."""

    missing_mac_word: StatusWord = SW.WRONG_LENGTH
    """MAC missing: 6700 (conformance, default) or 6987 (PBOC-5 tables B.19, B.32)."""

    put_data_unknown_tag: StatusWord = SW.REFERENCED_DATA_NOT_FOUND
    """PUT DATA of a tag that may not be written: 6A88 (default; PBOC-5 table B.19 has no 6A88, its candidates are
    6A80 and 6A81)."""

    update_record_length: StatusWord = SW.WRONG_LENGTH
    """UPDATE RECORD with another length than the record has: 6700 (default) or 6A84; not stated."""

    master_key_in_use: bool = True
    """The environment's master key still proves and replaces itself in an issued PSE, and ends the environment (the
    plan: it updates itself, on its own; default). False: nothing but SELECT, READ RECORD and GET RESPONSE exists
    there."""

    card_block_scope: Literal["environment", "card"] = "environment"
    """CARD BLOCK reaches this environment only (neither side affects the other: the default beside another
    environment), or every application on the card (PBOC-5 §17.5, B.4.1: the default of a profile whose card has no
    environment but this one, where nothing stands against the standard's words)."""

    # --- GET DATA ---

    get_data_atc: bool = True
    """9F36 and 9F13 are readable by any terminal; False if the issuer keeps them private: 6A88 (PBOC-5 B.7, §12.3)."""

    get_data_ptc: bool = True
    """9F17 is readable by any terminal; False: 6A88 (PBOC-5 §11.1)."""

    get_data_limits: bool = True
    """The limits of group 0D01 are readable in a normal session (conformance cases GET011, APG004, default). PBOC-5
    B.7.1 reserves them to a special device, which a card cannot recognise: False hides them."""

    get_data_static: bool = True
    """The risk data of group 0E01 (9F51, 9F52, 9F56, 9F57, 9F76) are readable (PBOC-5 table B.10, default). PBOC-10
    table 1 allows no outside access: False."""

    # --- personalisation ---

    personalised_word: StatusWord = SW.CONDITIONS_NOT_SATISFIED
    """The channel's commands in an application that is personalised: 6985, so that a bureau sees "already made"
    (default), or 6D00: they are masked (PBOC-10 §6.3 allows either reading)."""
