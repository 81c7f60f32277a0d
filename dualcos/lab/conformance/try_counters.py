"""Try counters by the names vectors give them, read from a card's memory (white box).

``SSSE.04`` the lowest version of KID 04, ``SSSE.04:2`` version 2; ``DF03.84`` a key of an application of SSSE;
``PSAM.01`` of a PSAM's first application, ``PSAM.00`` its master key. ``KNOWN`` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from cos.kernel.directory_headers import MASTER, MF_FID
from cos.kernel.security_state import KEYS, key_store
from cos.kernel.stack import Stack, Stacks
from cos.making.birth import TRANSPORT
from cos.pki.session import PINS
from cos.pse.current_directory import CHANNEL_CELL, COUNTERS_CELL, MOST_OPENINGS, Channel
from cos.pse.transaction.transaction_memory import Counters
from cos.ssse.security.key_types import PIN_REF, SocialKeyType
from cos.ssse.tables import ssse_holder
from cos.stacks import STACKS, places
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.pki import PKI
from dualcos.explain.card_contents import partition_of
from dualcos.lab.conformance.vector_file import VectorError
from firewall.cellkind import Count, kind_of
from firewall.partition import DamagedCell
from keys.card_key_store import KeyNotFound, KeyStore

Dump = Mapping[str, Mapping[bytes, bytes]]
KNOWN = (
    "SSSE.PIN, SSSE.06, SSSE.04:2, DF03.84, SSSE.MK, DF03.MK, MF.MK, MF.TK, PKI.81, PKI.00, PKI.MK, PKI.HOME, PSE.MK, "
    "PSE.PIN, PSE.CHANNEL, PSAM.01, PSAM.00, PSAM.MF, PSAM.DDF1"
)
COUNTED = frozenset(
    ("tries", "PIN tries", "key tries", "PUK tries", "failed openings", "issuer authentication failure indicator")
)
"""What the ``writes`` of a command row call a count of failures."""
_APPLICATION = 0xDF01  # the PKI side's and the PSAM's only one
_SX2, _SX2_FID = "psam-sx2", 0xDDF1


def tries(dump: Dump, name: str, stacks: Stacks = STACKS) -> int:
    """Tries left of a counter by name. Raises VectorError.

    Of a stack that is not named here ``SHORT.name``: what its cells declare as a count of failures under that name.
    """
    where, _, what = name.partition(".")
    try:
        return _TRIES.get(where, partial(_declared, where, stacks))(dump, what)
    except (KeyNotFound, DamagedCell, KeyError, ValueError, OverflowError, StopIteration):
        raise VectorError(f"the card has no counter {name}; write {KNOWN}") from None


def _of_mf(dump: Dump, what: str) -> int:
    return KeyStore(partition_of(dump["manager"]), KEYS).tries_left({"MK": MASTER, "TK": TRANSPORT}[what])


def _of_pki(dump: Dump, what: str) -> int:
    pins = {f"{p2:02X}": ref for p2, ref in PINS.items()}
    fid = PKI.fid if what == "HOME" else _APPLICATION
    return key_store(partition_of(dump["pki"]), fid).tries_left({**pins, "MK": MASTER, "HOME": MASTER}[what])


def _of_bank(dump: Dump, what: str) -> int:
    if what in _CELLS:
        return _CELLS[what](dump)
    return key_store(partition_of(dump["pse"]), PSE.fid).tries_left({"MK": MASTER}[what])


def _of_key_card(dump: Dump, what: str) -> int:
    region, fid = {"MF": ("manager", MF_FID), "DDF1": (_SX2, _SX2_FID)}.get(what, ("manager", _APPLICATION))
    return _named(key_store(partition_of(dump[region]), fid), "MK" if what in ("MF", "DDF1", "00") else what)


def _of_social(dump: Dump, what: str) -> int:
    return _named(key_store(partition_of(dump["ssse"]), ssse_holder.FID), what)


def _declared(where: str, stacks: Stacks, dump: Dump, what: str) -> int:
    stack = next((stack for place, stack in places(stacks) if place.short == where), None)
    if stack is None:  # an application of the social side
        return _named(key_store(partition_of(dump["ssse"]), int(where, 16)), what)
    cells = dump[stack.places[0].label]
    counts = ((raw, count) for key, raw in cells.items() for count in _failures(stack, key) if count.name == what)
    return next(left for raw, count in counts if (left := count.left(raw)) is not None)


def _failures(stack: Stack, key: bytes) -> tuple[Count, ...]:
    kind = kind_of(stack.cells, key)
    return kind.failures if kind is not None else ()


def _named(store: KeyStore, what: str) -> int:
    refs = {"PIN": PIN_REF, "MK": MASTER}
    kid, _, version = what.partition(":")
    wanted = int(version, 16) if version else None
    return store.tries_left(refs.get(what) or store.locate(SocialKeyType.EXTERNAL, int(kid, 16) & 0x0F, wanted))


def _pin(dump: Dump) -> int:
    cell = next(raw for key, raw in sorted(dump["pse"].items()) if COUNTERS_CELL.fits(key))
    return Counters.from_bytes(cell).pin_tries


def _channel(dump: Dump) -> int:
    """Openings of the application's personalisation channel that may still fail; a fresh one has no cell yet."""
    home = CHANNEL_CELL.key(directory=PSE.fid.to_bytes(2, "big"))
    cell = next((raw for key, raw in sorted(dump["pse"].items()) if CHANNEL_CELL.fits(key) and key != home), None)
    return MOST_OPENINGS - Channel.decode(cell).failures


_CELLS = MappingProxyType({"PIN": _pin, "CHANNEL": _channel})
_TRIES: Mapping[str, Callable[[Dump, str], int]] = MappingProxyType(
    {"MF": _of_mf, "PKI": _of_pki, "PSE": _of_bank, "PSAM": _of_key_card, "SSSE": _of_social}
)
