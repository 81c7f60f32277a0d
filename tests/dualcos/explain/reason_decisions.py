"""Phrases of refusals for which no missing step and no row has the answer, and who has it instead.

With ``missing_steps.STEPS`` and ``what_is_taken.BY_REASON`` every phrase is decided on, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class ToldBy(Enum):
    """Who says what helps."""

    SENTENCE = "the reason's own sentence: it has what was wanted and what came"
    COMPUTATION = "the usual wrong inputs, tried"
    FORM = "the form of a PIN, a text, a data object or a list"
    OWNER = "whose command, name or file it is"
    NOBODY = "nothing helps on this card"


_TOLD: Mapping[ToldBy, tuple[str, ...]] = MappingProxyType(
    {
        ToldBy.OWNER: (
            "unknown instruction",
            "no such directory",
            "no such file",
            "no such short identifier",
            "no such name",
            "no application of that name",
            "not the directory file",
            "no such record of the SFI",
            "making has ended",
            "application made already",
            "no such key file",
        ),
        ToldBy.COMPUTATION: (
            "data do not decipher",
            "wrong authentication data",
            "wrong MAC",
            "wrong transport key cryptogram",
            "not the random number under it",
            "no cipher text",
            "no private key",
            "no new master key",
            "wrong MAC2 of the card",
            "wrong master key cryptogram",
            "no new PIN",
            "no new PIN with the current one",
            "wrong ARPC",
            "wrong MAC of a script",
            "wrong host cryptogram",
            "wrong C-MAC of the opening",
            "channel command does not decipher",
            "wrong C-MAC",
            "wrong check values",
            "authentication data turned round",
            "deciphered PIN is none",
            "wrong MAC under STK",
            "wrong transaction MAC",
        ),
        ToldBy.FORM: (
            "wrong PIN",
            "not an old and a new PIN",
            "wrong offline PIN",
            "record is not one item",
            "record without template",
            "no template 83",
            "template 83 without length",
            "PDOL length",
            "list length",
            "end inside a group",
            "group without structure",
            "group without template",
            "element length",
            "group length",
            "other data objects",
            "broken data objects",
            "no message",
            "no date",
        ),
        ToldBy.NOBODY: (
            "the card is blocked",
            "damaged memory",
            "terminal sequence at its end",
            "payment environment blocked",
            "ATC used up",
            "channel counter used up",
            "channel locked",
            "environment blocked by CARD BLOCK",
            "application permanently blocked",
            "no amounts",
            "no amounts, environment blocked",
            "medical log of another length",
            "transaction counter at its end",
            "parts of no RSA key",
            "parts of no SM2 key",
        ),
        ToldBy.SENTENCE: (
            # files and commands
            "another Le",
            "fewer bytes wait",
            "Le beyond the end",
            "PIN asked for, not presented",
            "fetched under another class",
            "fetched under neither class",
            "next without a name",
            "no further name",
            "a file of the COS",
            "no such record",
            "no further record",
            "record of another length",
            "no room in the file",
            "memory spoken for",
            "memory full",
            "no SM2 here",
            "offset beyond the file",
            "data beyond the file",
            "file identifier taken",
            "directory name taken",
            "environment name taken",
            "one name begins the other",
            "no APDU",
            "records too long for one answer",
            "no such record to write",
            # keys
            "value is no key",
            "no such RSA key",
            "no master key",
            "no key header and value",
            "no block key",
            "no transaction keys",
            # making
            "no application to create",
            "broken creation data",
            "not the start of the ATR",
            "chip in another state",
            "no such environment to create",
            "the MF holds master keys only",
            "the MF exists",
            "the master key replaces itself only",
            "an application ends with STORE DATA",
            "no unfinished application",
            "security file full",
            "no FCI file",
            # PKI
            "no public key's file",
            "no private key's name",
            "keys of two pairs",
            "no session key",
            "no public key",
            "no PIN of 4 to 12 digits",
            # PSAM
            "no purchase key",
            "no key in the key files",
            "no key in the key file",
            "steps unlike the key's",
            "key for another calculation",
            "another number of blocks",
            "factors unlike steps",
            "terminal files too short",
            "no such algorithm",
            "key of another length",
            "no such usage",
            "key file full",
            "new value of another length",
            "16 bytes asked of an 8-byte cipher",
            "no province",
            # bank
            "feature the card does not have",
            "no further application of that name",
            "element not readable",
            "element scripts do not write",
            "record scripts do not write",
            "length of a record",
            "foreign country or currency",
            "cryptogram the card does not make",
            "no room for a C-MAC",
            "unknown data group",
            "secret group in clear",
            "group of no whole blocks",
            "record too long",
            "tries above their limit",
            "no reference PIN block",
            "private key part without padding",
            "elements missing at the end",
            "groups missing at the end",
            "no directory file named",
            "record of the AFL missing",
            "no AIP",
            "no AFL",
            "no issuer application data",
            "broken list in a group",
            "list without what a cryptogram takes",
            "list longer than a command",
            "algorithm of the SM set",
            "CDA with the SM set",
            "parts of no private key",
            # social side
            "unblocking with data",
            "new PIN in clear",
            "no room for a MAC",
            "the MAC alone",
            "proof of another transaction",
            "no transaction to prove",
            "account without starting day",
            "no day of the year",
            "insufficient funds",
            "balance overflow",
            "total overflow",
        ),
    }
)

ELSEWHERE: Mapping[str, ToldBy] = MappingProxyType(
    {phrase: teller for teller, phrases in _TOLD.items() for phrase in phrases}
)
"""By the phrase of the reason."""
