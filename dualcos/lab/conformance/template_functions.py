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

from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import Version
from dualcos.dialogue.pki import pin_key
from dualcos.dialogue.social import SocialKeys
from dualcos.lab.conformance import account_functions
from dualcos.lab.conformance.command_template import (
    LONGEST_COMMAND,
    Bound,
    Call,
    Node,
    Scope,
    TemplateError,
    is_hex,
    pieces,
)
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.profile_data import Datum, fields, is_field
from dualcos.lab.conformance.who_computes import TERMINAL, ComputingKey, Hand, ToldOfCard
from dualcos.profile.bank_order import card_keys as bank_keys
from dualcos.profile.birth_order import social_master
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import SocialServices, social_card
from keys import bank_cryptography
from keys.algorithms import DES, SM4, TDES, BadBlocks, BadKey
from keys.key_handle import KeyHandle
from keys.padding import BadPadding
from keys.social_cryptography import session_key

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
_VERSION_DIGITS, _NO_VERSION = 3, -1

_ODD = (ValueError, IndexError, OverflowError)
"""What a function says to arguments that are shorter, longer or otherwise than it can use."""

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
            if version:
                wanted = int(version) if version.isdecimal() and len(version) <= _VERSION_DIGITS else _NO_VERSION
            else:
                wanted = min(versions, default=_NO_VERSION)
            if wanted in versions:
                return self._social.service.card_key(short, self._social.card, wanted)
        raise TemplateError(f"the profile has no key {name}")


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
    return _short(b"".join(piece if isinstance(piece, bytes) else value(piece, scope, hand) for piece in pieces(text)))


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
        given = value(node.args[0], scope, hand)
        try:
            return _BY_VALUE[node.name](given)
        except ValueError as error:
            raise TemplateError(f"{node.name}: {error}") from None
    known = scope.get(node)
    return _key(known.node, known.scope, hand) if isinstance(known, Bound) else hand.key(node)


def _captured(name: str, scope: Scope) -> bytes:
    found = scope.get(name)
    if not isinstance(found, bytes):
        raise TemplateError(f"this needs the value {name}, which nothing has captured yet")
    return found


def _short(value: bytes) -> bytes:
    """``value``. Raises TemplateError if no command is so long."""
    if len(value) > LONGEST_COMMAND:
        raise TemplateError(f"it comes to {len(value)} bytes, and no command has more than {LONGEST_COMMAND}")
    return value


def _called(node: Call, scope: Scope, hand: Hand) -> bytes:
    function = FUNCTIONS.get(node.name)
    if function is None or not len(function.kinds) - function.optional <= len(node.args) <= len(function.kinds):
        check(node)  # which says what is wrong
        raise TemplateError(f"{node.name} names a key, and bytes belong here")
    kind = function.kinds[:1]  # of its key, if it takes one
    taken = "challenge" if kind == "s" else function.captured
    key = _key(node.args[0], scope, hand) if kind in ("k", "s") else None
    said = (hand.said(function.setting),) if function.setting else ()
    captured = (_captured(taken, scope),) if taken else ()
    given = [value(each, scope, hand) for each in (node.args if key is None else node.args[1:])]
    try:
        if key is None:
            return _short(function.compute(*said, *captured, *given))
        if not isinstance(key, KeyHandle):
            return key.computed(node.name, *said, *captured, *given)
        if kind == "s":
            return _short(function.compute(*said, session_key(key, *captured), *given))
        return _short(function.compute(*said, *captured, key, *given))
    except (BadBlocks, BadKey, BadPadding, bank_cryptography.BadPinBlock, TemplateError) as error:
        raise TemplateError(f"{node.name}: {error}") from None
    except _ODD:
        lengths = ", ".join(str(len(each)) for each in given) or "none"
        raise TemplateError(
            f"{node.name} computes nothing from arguments of {lengths} bytes: {function.says}"
        ) from None
