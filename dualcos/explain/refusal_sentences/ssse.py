"""Sentences of refusals by the social side."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "authentication data turned round": (
            "the two halves are turned round: authentication data come first, then the original"
        ),
        "PIN asked for, not presented": "asked only: a PIN is set and was not presented; {left} tries left",
        "wrong PIN": "the PIN is wrong; {left} tries left",
        "not an old and a new PIN": "the data must be old PIN ‖ FF ‖ new PIN, the new one 4 to 16 digits",
        "unblocking with data": "unblocking carries the MAC alone",
        "new PIN in clear": "a new PIN needs an enciphered field",
        "deciphered PIN is none": "the deciphered PIN is not 4 to 16 digits",
        "no application selected": "no application is selected: the environment is current",
        "an application is selected": "CARD BLOCK belongs to the environment: select SSSE first",
        "no block key": "directory {directory:04X} has no block key",
        "environment blocked by CARD BLOCK": "the environment is blocked by CARD BLOCK",
        "application permanently blocked": "application {fid:04X} is permanently blocked",
        "no room for a MAC": "the data field of {received} bytes has no room for a MAC",
        "wrong MAC under STK": "MAC wrong: session key of STK {key} from the last random number",
        "records too long for one answer": "{received} bytes of records do not fit one answer",
        "record is not one item": "{received} bytes are not one tag-length-value item",
        "the MAC alone": "the data field holds the MAC only",
        "no such record to write": "record {number}: {most} exist, the next new one is the one behind them",
        "security file full": "the security file holds {most} keys",
        "no FCI file": "{fid:04X} is no FCI file",
        # medical
        "no medical account": "no off-line medical account in {directory:04X}: SELECT DF04 first",
        "medical files of another kind": "amounts or log of {directory:04X} are files of another kind",
        "medical log of another length": "records of the medical log have {received:02X} bytes, not 1C or 14",
        "no amounts": "the amounts file does not hold amounts",
        "no amounts, environment blocked": (
            "the amounts file does not hold amounts; the environment is blocked from now on"
        ),
        "no medical transaction": "{row} needs {needed} just before, the state is {state}",
        "medical transaction ended": (
            "{row} needs {needed} just before, the state is {state}; {ended.row} ended the last one with {ended.sw}"
        ),
        "medical transaction left": (
            "{row} needs {needed} just before, the state is {state}; a command that is none here ended the last one"
        ),
        "proof of another transaction": (
            "no proof for type {kind:02X}, sequence {sequence:04X}: "
            "the last transaction is type {last_kind:02X}, sequence {last_sequence:04X}"
        ),
        "no transaction to prove": (
            "no proof for type {kind:02X}, sequence {sequence:04X}: there was no transaction yet"
        ),
        "account without starting day": "an account without yearly totals has no starting day",
        "no day of the year": "{received} is no day mmdd",
        "no transaction keys": "{key} with index {index:02X}, or DTK, is not here",
        "transaction counter at its end": "the transaction counter stands at {sequence:04X}",
        "wrong transaction MAC": (
            "{mac} is wrong under the session {key}: compare key index, random number, both sequence numbers, amounts, "
            "type code, terminal and time"
        ),
        "insufficient funds": "{needed} fen are asked of the account, {balance} are there",
        "balance overflow": "the balance would exceed FFFFFFFF fen",
        "total overflow": "a total of this payment year would exceed FFFFFFFF fen",
        "no date": "the time begins {received}: no date YYYYMMDD in digits, so no payment year",
    }
)
