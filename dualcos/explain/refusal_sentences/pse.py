"""Sentences of refusals by the bank side."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "wrong master key cryptogram": "the master key's cryptogram is wrong; {left} tries left",
        "the master key replaces itself only": "pre-personalisation has ended: the master key may only replace itself",
        "an application ends with STORE DATA": "an application ends with its last STORE DATA; select the environment",
        "no unfinished application": "only an unfinished application can be deleted, {fid:04X} is none",
        # Gates
        "payment environment blocked": "the payment environment is blocked by CARD BLOCK",
        "instruction of an application": "instruction {received:02X} does not exist in the environment itself: select "
        "an application",
        "feature the card does not have": "{command} does not exist on a card with these features",
        "list length": "{command}: the card's data object list asks for {needed}; {received} came",
        "script length": "{command} does not take {received} bytes of data; a MAC of {needed} belongs to it",
        "not in this state": "{command} is not allowed now; the last event was: {event}",
        "application made already": "personalisation ended with the last STORE DATA; this application is made already",
        # Selection, reading, writing
        "no SELECT to go on from": "P2 02 must follow a SELECT by the same name directly",
        "no application of that name": "no application's name begins {name}",
        "no further application of that name": "no further application's name begins {name}",
        "not the directory file": "SFI {sfi:02X}: the directory file is {expected}",
        "no such record of the SFI": "record {number} of SFI {sfi:02X} does not exist",
        "element not readable": "{tag:X} ({name}) is not there or not readable",
        "element scripts do not write": "{tag:X} is none of the elements PUT DATA writes on this card",
        "record scripts do not write": "scripts do not write record {number} of SFI {sfi:02X}",
        "length of a record": "the record has {expected} bytes, {received} came",
        "record without template": "a record of file {sfi:02X} is one template 70",
        # Transactions
        "no template 83": "the data must begin with template 83, not {received}",
        "template 83 without length": "the length behind 83 cannot be read: {received}",
        "PDOL length": "the PDOL asks for {needed}; 83 announces {announced}, {received} came",
        "foreign country or currency": "the issuer restricts this card to its own country and currency",
        "ATC used up": "ATC {number:04X}: application blocked for ever",
        "cryptogram the card does not make": "P1 {received:02X} asks for what this card does not do",
        # PIN, issuer authentication, scripts
        "offline PIN locked": "no PIN tries are left; the issuer's script restores them",
        "wrong offline PIN": "wrong PIN, {number} tries left",
        "no new PIN": "what deciphers under {key} is no new PIN block without the current PIN",
        "no new PIN with the current one": "what deciphers under {key} is no new PIN block with the current PIN",
        "second issuer authentication": "only one is allowed in a transaction",
        "no cryptogram to authenticate": "it follows a GENERATE AC answered ARQC or AAC",
        "wrong ARPC": "the ARPC does not fit the cryptogram of this transaction, {cryptogram} (ATC {atc}), and "
        "response code {code}",
        "wrong MAC of a script": "MAC wrong: session key {key} of ATC {atc}, first cryptogram {cryptogram}",
        # Personalisation channel
        "channel counter used up": "the channel's counter is used up",
        "no KEYDATA yet": "{fid:04X} has no KEYDATA yet: its pre-personalisation is not finished",
        "channel not initialised": "INITIALIZE UPDATE must come just before",
        "channel locked": "{number} openings of the channel have failed",
        "wrong host cryptogram": "the host cryptogram is wrong",
        "wrong C-MAC of the opening": "the C-MAC is wrong",
        "no channel open": "no personalisation channel is open: INITIALIZE UPDATE, then EXTERNAL AUTHENTICATE",
        "C-MAC missing": "level {needed:02X} asks for a C-MAC on every command (class 84); the channel is closed",
        "no room for a C-MAC": "{received} bytes have no room for a C-MAC of 8",
        "channel command does not decipher": "the enciphered command of {received} bytes does not decipher; the "
        "channel is closed",
        "wrong C-MAC": "the C-MAC is wrong; it covers the previous C-MAC, header, Lc and plain data; the channel is "
        "closed",
        # Data groups
        "STORE DATA out of turn": "STORE DATA {expected:02X} is due, not {received:02X}",
        "end inside a group": "the last command ends inside a group, of which {received} bytes came",
        "unknown data group": "directory {directory} has no group {group:04X}",
        "secret group in clear": "group {group:04X} travels enciphered only (P1 60)",
        "group of no whole blocks": "group {group:04X}: {received} bytes are no whole blocks",
        "group length": "group {group:04X} has {expected} bytes, {received} came",
        "group without structure": "group {group:04X} does not hold data objects that add up",
        "group without template": "group {group:04X} is one template 70",
        "record too long": "group {group:04X} has {received} bytes, a record at most {expected}",
        "element length": "group {group:04X} {tag:X} ({name}) has {received} bytes",
        "tries above their limit": "group {group:04X} is try counter ‖ try limit, limit at most 0F",
        "check values before their keys": "group {group:04X} needs group {needed:04X} before it",
        "wrong check values": "group {group:04X} {received}: the keys of group {keys:04X} have {expected}",
        "no reference PIN block": "group {group:04X} is no reference PIN block 2N ‖ digits ‖ F…",
        "private key part without padding": "group {group:04X} is not padded with 80",
        # The end of personalisation
        "elements missing at the end": "personalisation is not complete: elements {missing}",
        "groups missing at the end": "personalisation is not complete: groups {missing} ({suite} algorithms)",
        "no directory file named": "personalisation is not complete: 88 in A5 names no file 1 to 10 but {received}",
        "record of the AFL missing": "personalisation is not complete: record {group:04X} (SFI, number), which the AFL "
        "names ({suite} algorithms)",
        "no AIP": "group {group:04X} does not say the AIP",
        "no AFL": "group {group:04X} does not say the AFL: entries of SFI, first and last record, how many are signed",
        "no issuer application data": "group {group:04X}: 9F10 is 07 and seven bytes, the last of them 01 or 04, "
        "perhaps issuer's data behind their length",
        "broken list in a group": "group {group:04X} holds a data object list or log entry that is none",
        "list without what a cryptogram takes": "group {group:04X}: the list asks for {received} bytes of {needed:X}, "
        "a cryptogram takes {expected}",
        "list longer than a command": "the list in {tag:X} asks for {received} bytes of data, a command brings at most "
        "{expected}",
        "algorithm of the SM set": "9F10 in group 9201 ends in {received:02X}, SM4 is {expected:02X} (SM algorithms)",
        "CDA with the SM set": "CDA has no settled form with SM2 (SM algorithms)",
        "parts of no private key": "personalisation is not complete: the parts of the card's private key make none "
        "({suite} algorithms)",
    }
)
