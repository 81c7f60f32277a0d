"""The host's hand: what a terminal, its PSAM or a bureau would compute for the card on the table.

Keys are the profile's invented test keys by the names of the key tables (``RKSSSE``, ``UK1DF03:2`` for group 2),
besides ``TK`` transport, ``CMK`` card master, ``SMK`` and ``PMK`` master of SSSE and PSE, ``UDKAC``, ``UDKMAC`` and
``UDKENC`` the bank card's own keys; of a PSAM ``MFMK`` and ``AMK`` master of the MF and of its application, ``KID1``
to ``KID3`` the authorities' keys; of a PKI environment ``XMK`` and ``XAMK`` master of directory and application;
``tdes(hex)``, ``des(hex)``, ``sm4(hex)`` name a key by value, ``pin(digits)`` the key a PIN of the PKI side stands for.
``challenge`` is what the last pattern captured under that name; ``ssse.pin`` and every other name with dots is the
card's own, from its profile: digits and hex packed, an odd one filled with F, a number as one byte.

A hand may leave a key with somebody who computes with it (``who_computes``): its function is then asked of him.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from apdu import atr
from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import Version
from dualcos.dialogue.making import BANK_FORM, SOCIAL_FORM
from dualcos.dialogue.pki import pin_key
from dualcos.dialogue.social import SocialKeys
from dualcos.lab.conformance import account_functions
from dualcos.lab.conformance.command_template import Bound, Call, Node, Scope, TemplateError, is_hex, pieces
from dualcos.lab.conformance.profile_data import Datum, fields, is_field
from dualcos.lab.conformance.who_computes import TERMINAL, ComputingKey, Hand, ToldOfCard
from dualcos.profile.bank_order import card_keys as bank_keys
from dualcos.profile.birth_order import social_master
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import SocialServices, social_card
from keys import bank_cryptography, key_wrapping
from keys.algorithms import DES, SM4, TDES, BadBlocks, BadKey
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.padding import BadPadding
from keys.social_cryptography import authentication_data, command_mac, encipher, secured, session_key

ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
_NINES = str.maketrans("0123456789", "9876543210")
_LOCKED = bytes.fromhex("6983")
_BY_VALUE: Mapping[str, Callable[[bytes], KeyHandle]] = MappingProxyType(
    {
        "tdes": lambda value: KeyHandle(TDES, value),
        "des": lambda value: KeyHandle(DES, value),
        "sm4": lambda value: KeyHandle(SM4, value),
        "pin": pin_key,
    }
)


def _psam(name: str) -> Callable[[Profile], KeyHandle]:
    """A PSAM's own test key, of the cipher of its MF."""
    return lambda profile: KeyHandle(SM4 if profile.psam and profile.psam.mf == "SM4" else TDES, profile.psam_key(name))


Named = Mapping[str, Callable[[Profile], KeyHandle]]
_CHIP: Named = MappingProxyType(
    {
        "TK": lambda profile: KeyHandle(TDES, profile.transport_key),
        "CMK": lambda profile: KeyHandle(TDES, profile.card_master_key),
    }
)
BY_SECTION: Mapping[str, Named] = MappingProxyType(
    {
        "ssse": {"SMK": social_master},
        "pse": {
            "PMK": lambda profile: KeyHandle(TDES, profile.bank_key("master")),
            "UDKAC": lambda profile: bank_keys(profile).ac,
            "UDKMAC": lambda profile: bank_keys(profile).mac,
            "UDKENC": lambda profile: bank_keys(profile).enc,
        },
        "psam": {
            "MFMK": _psam("MF master"),
            "AMK": _psam("sx1 application master"),
            "KID1": _psam("KID-01 root"),
            "KID2": _psam("KID-02 province"),
            "KID3": _psam("KID-03 city"),
        },
        "pki": {
            "XMK": lambda profile: KeyHandle(SM4, profile.pki_key("master")),
            "XAMK": lambda profile: KeyHandle(SM4, profile.pki_key("application_master")),
        },
    }
)
"""The keys that are no rows of the social key tables, by the section a profile must have for them."""


_FIELDS = fields()
_TYPES = "ssse.options.medical.type_code"


SOCIAL_KEYS = frozenset(
    row.name for version in Version for directory in file_structure.structure(version) for row in directory.keys
)
"""The keys that a card of any edition has."""


class HostHand:
    """Knows one profile's keys, and what else the profile says of the card."""

    def __init__(self, profile: Profile, services: SocialServices | None = None) -> None:
        self._told = ToldOfCard(profile)
        here = (_CHIP, *(keys for section, keys in BY_SECTION.items() if section in profile.sections))
        self._keys = {name: make(profile) for keys in here for name, make in keys.items()}
        social = profile.ssse
        service = (services or SocialServices()).of(profile, social) if social else None
        self._social = SocialKeys(service, social_card(profile, social)) if social and service else None

    def key(self, name: str) -> KeyHandle:
        """A key by name. Raises TemplateError."""
        known = self._keys.get(name)
        if known is None:
            known = self._keys[name] = self._social_key(name)
        return known

    def said(self, path: str) -> Datum:
        """A field of the profile as it says it, or the number of an invented terminal. Raises TemplateError."""
        return account_functions.TERMINAL_NUMBER if path == TERMINAL else self._told.said(path)

    def datum(self, path: str) -> bytes:
        """A field of the profile as bytes. Raises TemplateError."""
        return self._told.datum(path)

    def lacks(self, name: str) -> bool:
        """True if ``name`` is a field that this profile leaves empty, or a social key that other cards have."""
        if "." in name:
            return self._told.leaves_empty(name)
        if name.partition(":")[0] not in SOCIAL_KEYS:
            return False
        try:
            self.key(name)
        except TemplateError:
            return True
        return False

    def _social_key(self, name: str) -> KeyHandle:
        """By the name of its row; of several versions the first, unless one follows a colon."""
        short, _, version = name.partition(":")
        if self._social is not None:
            versions = [each for known, each in self._social.service.names if known == short]
            wanted = int(version) if version.isdecimal() else min(versions, default=0)
            if wanted in versions:
                return self._social.service.card_key(short, self._social.card, wanted)
        raise TemplateError(f"the profile has no key {name}")


# --- what is computed with them: keys and bytes as the template gives them --------------------------------------------


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
    """

    kinds: str
    compute: Callable[..., bytes]
    optional: int = 0
    captured: str = ""
    setting: str = ""


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        # key [, original 8] -> authentication data 8 ‖ original 8 with the card's last random number (SSC-5 §6.4)
        "ext_auth": Function(
            "kb",
            lambda random, key, original=ORIGINAL: authentication_data(key, random, original) + original,
            1,
            "challenge",
        ),
        # key, factor 8, original 8 -> 8 bytes (SSC-5 §6.7)
        "int_auth": Function("kbb", authentication_data),
        # key -> the random number enciphered: the bank side's form of a master key's proof
        "bank_auth": Function("k", lambda random, key: BANK_FORM.cryptogram(key, random), 0, "challenge"),
        # key -> proof of the transport key for this card's ATR
        "transport": Function("k", lambda shown, key: key_wrapping.transport_cryptogram(key, _serial(shown)), 0, "atr"),
        # key, header 4 [, data] -> MAC 4 under the session key of the last random number (SSC-4 §8.2)
        "mac": Function("sbb", command_mac, 1),
        # the same, whole: header ‖ Lc ‖ data ‖ MAC
        "secured": Function("sbb", secured, 1),
        # key, header 4, data -> an UPDATE of class 04, its data plain or enciphered as this card wants them
        "update": Function("sbb", _update, setting="ssse.options.secured_updates"),
        # key, plain -> LD ‖ plain ‖ padding under the session key (SSC-4 §8.3)
        "encipher": Function("sb", encipher),
        # key, blocks -> the blocks as they are, under the session key
        "blocks": Function("sb", KeyHandle.encrypt),
        # master key, key header 8, value -> the whole 84 D4 command (SSC-9 §7.1)
        "load_key": Function(
            "kbb",
            lambda random, key, header, value: SOCIAL_FORM.pin(key, KeyHeader.decode(header), value, random),
            0,
            "challenge",
        ),
        # master key, key header 8, value -> the enciphered part alone
        "wrap": Function("kbb", lambda key, header, value: key_wrapping.wrap_pin(key, KeyHeader.decode(header), value)),
        # key, blocks -> the blocks as they are, under the key itself
        "direct": Function("kb", KeyHandle.encrypt),
        # key, plain -> LD ‖ plain ‖ padding under the key itself (SSC-9 §7.1.2)
        "sealed": Function("kb", encipher),
        # key, header 4, data -> header ‖ Lc ‖ data ‖ MAC under the key itself, IV the random number
        "static": Function(
            "kbb",
            lambda random, key, header, data: secured(key, header, data, key_wrapping.pad_iv(random, key.block)),
            0,
            "challenge",
        ),
        # DLK, random 4, sequence 2, amount 4, terminal 6, time 7 [, type] -> MAC2 (SSC-7 §11)
        "load_mac2": Function("kbbbbbb", account_functions.load_mac2, 1, setting=_TYPES),
        # DPK, random 4, sequence 2, terminal sequence 4, three amounts 12, terminal 6, time 7 [, type] -> MAC1
        "purchase_mac1": Function("kbbbbbbb", account_functions.purchase_mac1, 1, setting=_TYPES),
        # -> the number of the terminal that settles, 6
        "terminal": Function("", bytes.fromhex, setting=TERMINAL),
        # DPK, random 4, sequence 2, three amounts 12, time 7 [, type] -> terminal sequence 4 ‖ time 7 ‖ MAC1 4: what a
        # terminal hands to DEBIT FOR PURCHASE; its number and its sequence are its own (SSC-9 §9.9)
        "settlement": Function("kbbbbb", account_functions.settlement, 1, setting=_TYPES),
        # DPK, random 4, sequence 2, three amounts 12, MAC2 4 -> nothing where MAC2 is that of the settlement just made,
        # else MAC2 again (SSC-9 §9.10)
        "mac2_refused": Function("kbbbb", account_functions.mac2_refused),
        # DTK, balance before 4, sequence 2, amount 4, type 1, terminal 6, time 7 -> TAC of a load (SSC-7 §11.8, §15)
        "load_tac": Function("kbbbbbb", account_functions.load_tac, setting="ssse.options.medical.tac_balance"),
        # DTK, three amounts 12, type 1, terminal 6, terminal sequence 4, time 7 -> TAC of a settlement (SSC-7 §15)
        "purchase_tac": Function("kbbbbb", account_functions.purchase_tac),
        # 31 or 32 -> the type of a load or a settlement in this card's log and MACs
        "type_code": Function("b", account_functions.type_code, setting=_TYPES),
        # sequence that INITIALIZE answered -> the one in this card's log and proof
        "logged": Function("b", account_functions.logged, setting="ssse.options.medical.logged_sequence"),
        # UDKAC, values of the terminal 29 (9F02 9F03 9F1A 95 5F2A 9A 9C 9F37), AIP, ATC, CVR 4 -> AC (PBOC-5 annex D)
        "bank_ac": Function(
            "kbbbb",
            lambda key, terminal, aip, atc, cvr: bank_cryptography.cryptogram(
                bank_cryptography.session_key(key, atc), terminal + aip + atc + cvr
            ),
        ),
        # UDKAC, ATC, AC of the first GENERATE AC, ARC 2 -> ARPC 8 (PBOC-5 §D.3)
        "arpc": Function(
            "kbbb",
            lambda key, atc, ac, arc: bank_cryptography.arpc(bank_cryptography.session_key(key, atc), ac, arc),
        ),
        # UDKMAC, ATC, AC of the first GENERATE AC, header 4 [, data] -> the whole script command (PBOC-5 C.2.4)
        "script": Function(
            "kbbbb",
            lambda key, atc, ac, header, data=b"": bank_cryptography.ScriptContext(
                bank_cryptography.session_key(key, atc), atc, ac
            ).command(header, data),
            1,
        ),
        # UDKENC, ATC, new PIN block [, current PIN block] -> enciphered data of PIN CHANGE (PBOC-5 B.10.3, C.3)
        "new_pin": Function("kbbb", _new_pin, 1),
        # bytes -> the same with the last bit turned
        "flip": Function("b", lambda given: given[:-1] + bytes((given[-1] ^ 1,))),
        # bytes -> length byte ‖ bytes
        "lc": Function("b", lambda given: bytes((len(given),)) + given),
        # number, number -> sum or difference, as long as the first, without carry
        "plus": Function("bb", lambda a, b: _counted(a, int.from_bytes(b, "big"))),
        "minus": Function("bb", lambda a, b: _counted(a, -int.from_bytes(b, "big"))),
        # bytes, how often 1 -> the bytes so often
        "repeat": Function("bb", lambda given, often: given * int.from_bytes(often, "big")),
        "cat": Function("bbbb", lambda *given: b"".join(given), 3),
        # the card's PIN, digits -> the digits, or others where these are the card's
        "another": Function("bb", _another),
        # limit, failures so far -> 63Cx, or 6983 when there were more than it bears
        "left": Function("bb", _left),
    }
)


def check(node: Node) -> None:
    """Raises TemplateError if a function or a field is unknown, or a function gets too many or too few arguments."""
    if isinstance(node, str):
        if "." in node and not is_field(node, _FIELDS):
            raise TemplateError(f"a profile has no field {node}")
        if node[0].isdecimal() and not is_hex(node):
            raise TemplateError(f"{node} is not hex in whole bytes")
        return
    if node.name not in _BY_VALUE:
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise TemplateError(f"there is no function {node.name}; there are {', '.join(sorted(FUNCTIONS))}")
        most = len(function.kinds)
        if not most - function.optional <= len(node.args) <= most:
            raise TemplateError(f"{node.name} takes {most} arguments, {function.optional} of them optional")
    for argument in node.args:
        check(argument)


@lru_cache(maxsize=8192)
def check_template(text: str) -> None:
    """Raises TemplateError if the template could never be filled."""
    for piece in pieces(text):
        if not isinstance(piece, bytes):
            check(piece)


def fill(text: str, scope: Scope, hand: Hand) -> bytes:
    """A template's bytes. Raises TemplateError."""
    return b"".join(piece if isinstance(piece, bytes) else value(piece, scope, hand) for piece in pieces(text))


def value(node: Node, scope: Scope, hand: Hand) -> bytes:
    """An expression's bytes. Raises TemplateError."""
    if isinstance(node, Call):
        return _called(node, scope, hand)
    known = scope.get(node)
    if isinstance(known, Bound):
        return value(known.node, known.scope, hand)
    if known is not None:
        return known
    if is_hex(node):
        return bytes.fromhex(node)
    if "." in node:
        return hand.datum(node)
    raise TemplateError(f"{node} is neither hex nor the name of a captured value")


def _key(node: Node, scope: Scope, hand: Hand) -> KeyHandle | ComputingKey:
    if isinstance(node, Call):
        if node.name not in _BY_VALUE or len(node.args) != 1:
            raise TemplateError(f"{node.name} is no key; {', '.join(_BY_VALUE)} of a value are")
        return _BY_VALUE[node.name](value(node.args[0], scope, hand))
    known = scope.get(node)
    return _key(known.node, known.scope, hand) if isinstance(known, Bound) else hand.key(node)


def _captured(name: str, scope: Scope) -> bytes:
    found = scope.get(name)
    if not isinstance(found, bytes):
        raise TemplateError(f"this needs the value {name}, which nothing has captured yet")
    return found


def _called(node: Call, scope: Scope, hand: Hand) -> bytes:
    function = FUNCTIONS.get(node.name)
    if function is None or not len(function.kinds) - function.optional <= len(node.args) <= len(function.kinds):
        check(node)  # which says what is wrong
        raise TemplateError(f"{node.name} names a key, and bytes belong here")
    kind = function.kinds[:1]  # of its key, if it takes one
    taken = "challenge" if kind == "s" else function.captured
    try:
        key = _key(node.args[0], scope, hand) if kind in ("k", "s") else None
        said = (hand.said(function.setting),) if function.setting else ()
        captured = (_captured(taken, scope),) if taken else ()
        given = [value(each, scope, hand) for each in (node.args if key is None else node.args[1:])]
        if key is None:
            return function.compute(*said, *captured, *given)
        if not isinstance(key, KeyHandle):
            return key.computed(node.name, *said, *captured, *given)
        if kind == "s":
            return function.compute(*said, session_key(key, *captured), *given)
        return function.compute(*said, *captured, key, *given)
    except (BadBlocks, BadKey, BadPadding, bank_cryptography.BadPinBlock) as error:
        raise TemplateError(f"{node.name}: {error}") from None
