"""The host's hand: what a terminal, its PSAM or a bureau would compute for the card on the table.

Keys are the profile's invented test keys by the names of the key tables (``RKSSSE``, ``UK1DF03:2`` for group 2),
besides ``TK`` transport, ``CMK`` card master, ``SMK`` and ``PMK`` master of SSSE and PSE, ``UDKAC``, ``UDKMAC`` and
``UDKENC`` the bank card's own keys; of a PSAM ``MFMK`` and ``AMK`` master of the MF and of its application, ``KID1``
to ``KID3`` the authorities' keys; of a PKI environment ``XMK`` and ``XAMK`` master of directory and application;
``tdes(hex)``, ``des(hex)``, ``sm4(hex)`` name a key by value, ``pin(digits)`` the key a PIN of the PKI side stands for.
``challenge`` is what the last pattern captured under that name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.lab.conformance.command_template import Bound, Call, Node, Scope, TemplateError, is_hex, pieces
from dualcos.profile import bank_order as bank_side
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import key_service, social_card
from keys import bank_cryptography, key_wrapping
from keys.algorithms import DES, SM4, TDES, BadBlocks, BadKey, sm3
from keys.card_key_store import KeyHeader, KeyNotFound
from keys.key_handle import KeyHandle
from keys.medical_macs import TYPE_LOAD, TYPE_SETTLEMENT, Load, Purchase, load_session, purchase_session
from keys.padding import BadPadding
from keys.social_cryptography import authentication_data, command_mac, encipher, secured, session_key

_ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
_BANK_KEYS = ("UDKAC", "UDKMAC", "UDKENC")
_PSAM_KEYS = MappingProxyType(
    {
        "MFMK": "MF master",
        "AMK": "sx1 application master",
        "KID1": "KID-01 root",
        "KID2": "KID-02 province",
        "KID3": "KID-03 city",
    }
)
_PKI_KEYS = MappingProxyType({"XMK": "master", "XAMK": "application_master"})
_BY_VALUE: Mapping[str, Callable[[bytes], KeyHandle]] = MappingProxyType(
    {
        "tdes": lambda value: KeyHandle(TDES, value),
        "des": lambda value: KeyHandle(DES, value),
        "sm4": lambda value: KeyHandle(SM4, value),
        "pin": lambda digits: KeyHandle(SM4, sm3(digits)[:16]),
    }
)


class HostHand:
    """Knows one profile's keys."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._keys: dict[str, KeyHandle] = {}
        social = profile.ssse
        self._service = key_service(profile, social) if social is not None else None
        self._card = social_card(profile, social) if social is not None else None

    def key(self, name: str) -> KeyHandle:
        """A key by name. Raises TemplateError."""
        known = self._keys.get(name)
        if known is None:
            known = self._keys[name] = self._find(name)
        return known

    def _find(self, name: str) -> KeyHandle:
        profile, social = self._profile, self._profile.ssse
        if name == "TK":
            return KeyHandle(TDES, profile.transport_key)
        if name == "CMK":
            return KeyHandle(TDES, profile.card_master_key)
        if name == "PMK" and profile.pse is not None:
            return KeyHandle(TDES, profile.bank_key("master"))
        if name in _BANK_KEYS and profile.pse is not None:
            return bank_side.card_keys(profile)[_BANK_KEYS.index(name)]
        if name in _PSAM_KEYS and profile.psam is not None:
            return KeyHandle(SM4 if profile.psam.mf == "SM4" else TDES, profile.psam_key(_PSAM_KEYS[name]))
        if name in _PKI_KEYS and profile.pki is not None:
            return KeyHandle(SM4, profile.pki_key(_PKI_KEYS[name]))
        if social is None or self._service is None or self._card is None:
            raise TemplateError(f"the profile has no key {name}")
        if name == "SMK":
            return KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master"))
        short, _, version = name.partition(":")
        versions = [each for known, each in self._service.names if known == short]
        wanted = int(version) if version.isdecimal() else min(versions, default=0)
        try:
            return self._service.card_key(short, self._card, wanted)
        except KeyNotFound:
            raise TemplateError(f"the profile has no key {name}") from None


class _Given(NamedTuple):
    """What a function gets: keys and bytes in order, the scope for ``challenge`` and ``atr``."""

    keys: list[KeyHandle]
    data: list[bytes]
    scope: Scope

    def variable(self, name: str) -> bytes:
        found = self.scope.get(name)
        if not isinstance(found, bytes):
            raise TemplateError(f"this needs {{{name}}}, which nothing has captured yet")
        return found

    @property
    def session(self) -> KeyHandle:
        return session_key(self.keys[0], self.variable("challenge"))

    @property
    def second(self) -> bytes:
        return self.data[1] if len(self.data) > 1 else b""


def _load_key(given: _Given) -> bytes:
    under, (header, value) = given.keys[0], given.data
    cipher = key_wrapping.wrap_pin(under, KeyHeader.decode(header), value)
    return key_wrapping.write_key_command(under, int(header[0] == 0), cipher, given.variable("challenge"))


def _static(given: _Given) -> bytes:
    header, data = given.data
    iv = key_wrapping.pad_iv(given.variable("challenge"), given.keys[0].block)
    return header + bytes((len(data) + 4,)) + data + command_mac(given.keys[0], header, data, iv)


def _external(given: _Given) -> bytes:
    original = given.data[0] if given.data else _ORIGINAL
    return authentication_data(given.keys[0], given.variable("challenge"), original) + original


def _load_mac2(given: _Given) -> bytes:
    random, sequence, amount, terminal, time, *kind = given.data
    number = int.from_bytes(sequence, "big")
    load = Load(0, int.from_bytes(amount, "big"), terminal, number, time, kind[0][0] if kind else TYPE_LOAD)
    return load.mac2(load_session(given.keys[0], random, number))


def _purchase_mac1(given: _Given) -> bytes:
    random, sequence, terminal_sequence, amounts, terminal, time, *kind = given.data
    account, own, pooled = (int.from_bytes(amounts[at : at + 4], "big") for at in (0, 4, 8))
    purchase = Purchase(
        account, own, pooled, terminal, terminal_sequence, time, kind[0][0] if kind else TYPE_SETTLEMENT
    )
    return purchase.mac1(purchase_session(given.keys[0], random, int.from_bytes(sequence, "big"), terminal_sequence))


def _bank_ac(given: _Given) -> bytes:
    terminal, aip, atc, cvr = given.data
    return bank_cryptography.cryptogram(bank_cryptography.session_key(given.keys[0], atc), terminal + aip + atc + cvr)


def _arpc(given: _Given) -> bytes:
    atc, ac, arc = given.data
    return bank_cryptography.arpc(bank_cryptography.session_key(given.keys[0], atc), ac, arc)


def _script(given: _Given) -> bytes:
    atc, ac, header, data = (*given.data, b"")[:4]
    return bank_cryptography.ScriptContext(bank_cryptography.session_key(given.keys[0], atc), atc, ac).command(
        header, data
    )


def _new_pin(given: _Given) -> bytes:
    """PIN blocks in (the second is the current one), the enciphered data field of PIN CHANGE out."""
    atc, *blocks = given.data
    digits = [block.hex()[2 : 2 + (block[0] & 0x0F)] for block in blocks]
    return bank_cryptography.encipher(
        bank_cryptography.session_key(given.keys[0], atc), bank_cryptography.pin_change_data(given.keys[0], *digits)
    )


class Function(NamedTuple):
    """``kinds``: one letter an argument, k key, b bytes; the last ``optional`` ones may be left out."""

    kinds: str
    compute: Callable[[_Given], bytes]
    optional: int = 0


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        # key [, original 8] -> authentication data 8 ‖ original 8 with the card's last random number (SSC-5 §6.4)
        "ext_auth": Function("kb", _external, 1),
        # key, factor 8, original 8 -> 8 bytes (SSC-5 §6.7)
        "int_auth": Function("kbb", lambda g: authentication_data(g.keys[0], g.data[0], g.data[1])),
        # key -> the random number enciphered: the bank side's form of a master key's proof
        "bank_auth": Function(
            "k", lambda g: key_wrapping.bank_master_authentication(g.keys[0], g.variable("challenge"))
        ),
        # key -> proof of the transport key for this card's ATR
        "transport": Function("k", lambda g: key_wrapping.transport_cryptogram(g.keys[0], g.variable("atr")[-6:])),
        # key, header 4 [, data] -> MAC 4 under the session key of the last random number (SSC-4 §8.2)
        "mac": Function("kbb", lambda g: command_mac(g.session, g.data[0], g.second), 1),
        # the same, whole: header ‖ Lc ‖ data ‖ MAC
        "secured": Function("kbb", lambda g: secured(g.session, g.data[0], g.second), 1),
        # key, plain -> LD ‖ plain ‖ padding under the session key (SSC-4 §8.3)
        "encipher": Function("kb", lambda g: encipher(g.session, g.data[0])),
        # key, blocks -> the blocks as they are, under the session key
        "blocks": Function("kb", lambda g: g.session.encrypt(g.data[0])),
        # master key, key header 8, value -> the whole 84 D4 command (SSC-9 §7.1)
        "load_key": Function("kbb", _load_key),
        # master key, key header 8, value -> the enciphered part alone
        "wrap": Function("kbb", lambda g: key_wrapping.wrap_pin(g.keys[0], KeyHeader.decode(g.data[0]), g.data[1])),
        # key, blocks -> the blocks as they are, under the key itself
        "direct": Function("kb", lambda g: g.keys[0].encrypt(g.data[0])),
        # key, plain -> LD ‖ plain ‖ padding under the key itself (SSC-9 §7.1.2)
        "sealed": Function("kb", lambda g: encipher(g.keys[0], g.data[0])),
        # key, header 4, data -> header ‖ Lc ‖ data ‖ MAC under the key itself, IV the random number
        "static": Function("kbb", _static),
        # DLK, random 4, sequence 2, amount 4, terminal 6, time 7 [, type] -> MAC2 (SSC-7 §11)
        "load_mac2": Function("kbbbbbb", _load_mac2, 1),
        # DPK, random 4, sequence 2, terminal sequence 4, three amounts 12, terminal 6, time 7 [, type] -> MAC1
        "purchase_mac1": Function("kbbbbbbb", _purchase_mac1, 1),
        # UDKAC, values of the terminal 29 (9F02 9F03 9F1A 95 5F2A 9A 9C 9F37), AIP, ATC, CVR 4 -> AC (PBOC-5 annex D)
        "bank_ac": Function("kbbbb", _bank_ac),
        # UDKAC, ATC, AC of the first GENERATE AC, ARC 2 -> ARPC 8 (PBOC-5 §D.3)
        "arpc": Function("kbbb", _arpc),
        # UDKMAC, ATC, AC of the first GENERATE AC, header 4 [, data] -> the whole script command (PBOC-5 C.2.4)
        "script": Function("kbbbb", _script, 1),
        # UDKENC, ATC, new PIN block [, current PIN block] -> enciphered data of PIN CHANGE (PBOC-5 B.10.3, C.3)
        "new_pin": Function("kbbb", _new_pin, 1),
        # bytes -> the same with the last bit turned
        "flip": Function("b", lambda g: g.data[0][:-1] + bytes((g.data[0][-1] ^ 1,))),
        # bytes -> length byte ‖ bytes
        "lc": Function("b", lambda g: bytes((len(g.data[0]),)) + g.data[0]),
        "cat": Function("bbbb", lambda g: b"".join(g.data), 3),
    }
)


def check(node: Node) -> None:
    """Raises TemplateError if a function is unknown or gets too many or too few arguments."""
    if isinstance(node, str):
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


def check_template(text: str) -> None:
    """Raises TemplateError if the template could never be filled."""
    for piece in pieces(text):
        if not isinstance(piece, bytes):
            check(piece)


def fill(text: str, scope: Scope, hand: HostHand) -> bytes:
    """A template's bytes. Raises TemplateError."""
    return b"".join(piece if isinstance(piece, bytes) else value(piece, scope, hand) for piece in pieces(text))


def value(node: Node, scope: Scope, hand: HostHand) -> bytes:
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
    raise TemplateError(f"{node} is neither hex nor the name of a captured value")


def _key(node: Node, scope: Scope, hand: HostHand) -> KeyHandle:
    if isinstance(node, Call):
        if node.name not in _BY_VALUE or len(node.args) != 1:
            raise TemplateError(f"{node.name} is no key; {', '.join(_BY_VALUE)} of a value are")
        return _BY_VALUE[node.name](value(node.args[0], scope, hand))
    known = scope.get(node)
    return _key(known.node, known.scope, hand) if isinstance(known, Bound) else hand.key(node)


def _called(node: Call, scope: Scope, hand: HostHand) -> bytes:
    check(node)
    function = FUNCTIONS[node.name]
    given = _Given([], [], scope)
    try:
        for kind, argument in zip(function.kinds, node.args, strict=False):
            if kind == "k":
                given.keys.append(_key(argument, scope, hand))
            else:
                given.data.append(value(argument, scope, hand))
        return function.compute(given)
    except (BadBlocks, BadKey, BadPadding, bank_cryptography.BadPinBlock) as error:
        raise TemplateError(f"{node.name}: {error}") from None
