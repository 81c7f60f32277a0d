"""The host's functions (``ext_auth``, ``secured``, ``settlement`` …): what each is given and computes, in one table.

Keys and bytes come as the template gives them (``template_functions``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import atr
from dualcos.dialogue.making import BANK_FORM, SOCIAL_FORM
from dualcos.lab.conformance import account_functions
from dualcos.lab.conformance.command_template import LONGEST_COMMAND
from dualcos.lab.conformance.profile_data import Datum
from dualcos.lab.conformance.who_computes import TERMINAL
from keys import bank_cryptography, key_wrapping
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.social_cryptography import authentication_data, command_mac, encipher, secured

ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
_NINES = str.maketrans("0123456789", "9876543210")
_LOCKED = bytes.fromhex("6983")
_TYPES = "ssse.options.medical.type_code"


def _serial(shown: bytes) -> bytes:
    """The chip's serial number, T8 to TD, wherever an ATR has it: TCK may stand behind (ISO 7816-3 §8.2)."""
    try:
        return atr.parse(shown).historical[-6:]
    except atr.AtrError:
        return shown[-6:]


def _update(said: Datum, key: KeyHandle, header: bytes, data: bytes) -> bytes:
    """A secured update as this card takes it: plain data and a MAC, or enciphered data and a MAC."""
    return secured(key, header, encipher(key, data) if said == "enciphered" else data)


def _new_pin(key: KeyHandle, atc: bytes, *blocks: bytes) -> bytes:
    """PIN blocks in (the second is the current one), the enciphered data field of PIN CHANGE out."""
    digits = [block.hex()[2 : 2 + (block[0] & 0x0F)] for block in blocks]
    data = bank_cryptography.pin_change_data(key, *digits)
    return bank_cryptography.encipher(bank_cryptography.session_key(key, atc), data)


def _counted(number: bytes, step: int) -> bytes:
    return ((int.from_bytes(number, "big") + step) % (1 << 8 * len(number))).to_bytes(len(number), "big")


def _repeated(given: bytes, often: bytes) -> bytes:
    times = int.from_bytes(often, "big")
    if len(given) * times > LONGEST_COMMAND:
        raise ValueError("longer than any command")
    return given * times


def _another(own: bytes, digits: bytes) -> bytes:
    """``digits``, or, where they are the card's own, each digit's complement to nine: other ones in any case."""
    return bytes.fromhex(digits.hex().translate(_NINES)) if own == digits else digits


def _left(limit: bytes, failed: bytes) -> bytes:
    """The status word of the last of ``failed`` wrong presentations, none for a query: tries left, then locked."""
    left = int.from_bytes(limit, "big") - int.from_bytes(failed, "big")
    return bytes((0x63, 0xC0 | left)) if left >= 0 else _LOCKED


class Function(NamedTuple):
    """``kinds``: one letter an argument, k key (only the first), s key whose session key of the last random number is
    meant, b bytes; the last ``optional`` ones may be left out. ``captured``: what of a pattern's catch the computation
    gets first. ``setting``: which field of the profile it gets before that, as the profile says it.
    ``says``: what it is given and what comes, for authors of vectors.
    """

    kinds: str
    compute: Callable[..., bytes]
    optional: int = 0
    captured: str = ""
    setting: str = ""
    says: str = ""


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "ext_auth": Function(
            "kb",
            lambda random, key, original=ORIGINAL: authentication_data(key, random, original) + original,
            1,
            "challenge",
            says="key [, original 8] -> authentication data 8 ‖ original 8 with the card's last random number (SSC-5"
            " §6.4)",
        ),
        "int_auth": Function("kbb", authentication_data, says="key, factor 8, original 8 -> 8 bytes (SSC-5 §6.7)"),
        "bank_auth": Function(
            "k",
            lambda random, key: BANK_FORM.cryptogram(key, random),
            0,
            "challenge",
            says="key -> the random number enciphered: the bank side's form of a master key's proof",
        ),
        "transport": Function(
            "k",
            lambda shown, key: key_wrapping.transport_cryptogram(key, _serial(shown)),
            0,
            "atr",
            says="key -> proof of the transport key for this card's ATR",
        ),
        "mac": Function(
            "sbb",
            command_mac,
            1,
            says="key, header 4 [, data] -> MAC 4 under the session key of the last random number (SSC-4 §8.2)",
        ),
        "secured": Function(
            "sbb",
            secured,
            1,
            says="key, header 4 [, data] -> the command with its MAC, whole: header ‖ Lc ‖ data ‖ MAC",
        ),
        "update": Function(
            "sbb",
            _update,
            setting="ssse.options.secured_updates",
            says="key, header 4, data -> an UPDATE of class 04, its data plain or enciphered as this card wants them",
        ),
        "encipher": Function(
            "sb", encipher, says="key, plain -> LD ‖ plain ‖ padding under the session key (SSC-4 §8.3)"
        ),
        "blocks": Function(
            "sb", KeyHandle.encrypt, says="key, blocks -> the blocks as they are, under the session key"
        ),
        "load_key": Function(
            "kbb",
            lambda random, key, header, value: SOCIAL_FORM.pin(key, KeyHeader.decode(header), value, random),
            0,
            "challenge",
            says="master key, key header 8, value -> the whole 84 D4 command (SSC-9 §7.1)",
        ),
        "wrap": Function(
            "kbb",
            lambda key, header, value: key_wrapping.wrap_pin(key, KeyHeader.decode(header), value),
            says="master key, key header 8, value -> the enciphered part alone",
        ),
        "direct": Function("kb", KeyHandle.encrypt, says="key, blocks -> the blocks as they are, under the key itself"),
        "sealed": Function(
            "kb", encipher, says="key, plain -> LD ‖ plain ‖ padding under the key itself (SSC-9 §7.1.2)"
        ),
        "static": Function(
            "kbb",
            lambda random, key, header, data: secured(key, header, data, key_wrapping.pad_iv(random, key.block)),
            0,
            "challenge",
            says="key, header 4, data -> header ‖ Lc ‖ data ‖ MAC under the key itself, IV the random number",
        ),
        "load_mac2": Function(
            "kbbbbbb",
            account_functions.load_mac2,
            1,
            setting=_TYPES,
            says="DLK, random 4, sequence 2, amount 4, terminal 6, time 7 [, type] -> MAC2 (SSC-7 §11)",
        ),
        "purchase_mac1": Function(
            "kbbbbbbb",
            account_functions.purchase_mac1,
            1,
            setting=_TYPES,
            says="DPK, random 4, sequence 2, terminal sequence 4, three amounts 12, terminal 6, time 7 [, type] ->"
            " MAC1",
        ),
        "terminal": Function("", bytes.fromhex, setting=TERMINAL, says="-> the number of the terminal that settles, 6"),
        "settlement": Function(
            "kbbbbb",
            account_functions.settlement,
            1,
            setting=_TYPES,
            says="DPK, random 4, sequence 2, three amounts 12, time 7 [, type] -> terminal sequence 4 ‖ time 7 ‖"
            " MAC1 4: what a terminal hands to DEBIT FOR PURCHASE; number and sequence are the terminal's (SSC-9 §9.9)",
        ),
        "mac2_refused": Function(
            "kbbbb",
            account_functions.mac2_refused,
            says="DPK, random 4, sequence 2, three amounts 12, MAC2 4 -> nothing where MAC2 is that of the settlement"
            " just made, else MAC2 again (SSC-9 §9.10)",
        ),
        "load_tac": Function(
            "kbbbbbb",
            account_functions.load_tac,
            setting="ssse.options.medical.tac_balance",
            says="DTK, balance before 4, sequence 2, amount 4, type 1, terminal 6, time 7 -> TAC of a load (SSC-7"
            " §11.8, §15)",
        ),
        "purchase_tac": Function(
            "kbbbbb",
            account_functions.purchase_tac,
            says="DTK, three amounts 12, type 1, terminal 6, terminal sequence 4, time 7 -> TAC of a settlement"
            " (SSC-7 §15)",
        ),
        "type_code": Function(
            "b",
            account_functions.type_code,
            setting=_TYPES,
            says="31 or 32 -> the type of a load or a settlement in this card's log and MACs",
        ),
        "logged": Function(
            "b",
            account_functions.logged,
            setting="ssse.options.medical.logged_sequence",
            says="sequence that INITIALIZE answered -> the one in this card's log and proof",
        ),
        "bank_ac": Function(
            "kbbbb",
            lambda key, terminal, aip, atc, cvr: bank_cryptography.cryptogram(
                bank_cryptography.session_key(key, atc), terminal + aip + atc + cvr
            ),
            says="UDKAC, values of the terminal 29 (9F02 9F03 9F1A 95 5F2A 9A 9C 9F37), AIP, ATC, CVR 4 -> AC (PBOC-5"
            " annex D)",
        ),
        "arpc": Function(
            "kbbb",
            lambda key, atc, ac, arc: bank_cryptography.arpc(bank_cryptography.session_key(key, atc), ac, arc),
            says="UDKAC, ATC, AC of the first GENERATE AC, ARC 2 -> ARPC 8 (PBOC-5 §D.3)",
        ),
        "script": Function(
            "kbbbb",
            lambda key, atc, ac, header, data=b"": bank_cryptography.ScriptContext(
                bank_cryptography.session_key(key, atc), atc, ac
            ).command(header, data),
            1,
            says="UDKMAC, ATC, AC of the first GENERATE AC, header 4 [, data] -> the whole script command (PBOC-5"
            " C.2.4)",
        ),
        "new_pin": Function(
            "kbbb",
            _new_pin,
            1,
            says="UDKENC, ATC, new PIN block [, current PIN block] -> enciphered data of PIN CHANGE (PBOC-5 B.10.3,"
            " C.3)",
        ),
        "flip": Function(
            "b", lambda given: given[:-1] + bytes((given[-1] ^ 1,)), says="bytes -> the same with the last bit turned"
        ),
        "lc": Function("b", lambda given: bytes((len(given),)) + given, says="bytes -> length byte ‖ bytes"),
        "plus": Function(
            "bb",
            lambda a, b: _counted(a, int.from_bytes(b, "big")),
            says="number, number -> their sum, as long as the first, without carry",
        ),
        "minus": Function(
            "bb",
            lambda a, b: _counted(a, -int.from_bytes(b, "big")),
            says="number, number -> their difference, as long as the first, without carry",
        ),
        "repeat": Function(
            "bb",
            _repeated,
            says="bytes, how often 1 -> the bytes so often",
        ),
        "cat": Function("bbbb", lambda *given: b"".join(given), 3, says="bytes [, bytes …] -> one behind the other"),
        "another": Function(
            "bb", _another, says="the card's PIN, digits -> the digits, or others where these are the card's"
        ),
        "left": Function(
            "bb", _left, says="limit, failures so far -> 63Cx, or 6983 when there were more than it bears"
        ),
    }
)
