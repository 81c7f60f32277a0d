"""Try counters by the names vectors give them, read from a card's memory (white box).

``SSSE.04`` the lowest version of KID 04, ``SSSE.04:2`` version 2; ``DF03.84`` a key of an application of SSSE;
``PSAM.01`` of a PSAM's first application, ``PSAM.00`` its master key. ``KNOWN`` has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.explain.contents import partition_of
from cos.kernel.dialect import MF_FID
from cos.personalise.manager import PKI, PSE_FID
from cos.pki.environment import MASTER_REF as PKI_MASTER_REF
from cos.pki.security import PINS
from cos.psam.security.rights import TRANSPORT_REF
from cos.pse.directory import Channel
from cos.pse.transaction.counters import Counters
from cos.ssse.security.keyring import MASTER_REF, PIN_REF, Kind, key_store
from cos.ssse.tables import ssse
from firewall.partition import DamagedCell
from keys.store import KeyNotFound, KeyRef, KeyStore
from terminal.conformance.vector import VectorError

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
_MOST_OPENINGS = 10


def tries(dump: Dump, name: str) -> int:
    """Tries left of a counter by name. Raises VectorError."""
    where, _, what = name.partition(".")
    try:
        if where == "PSE" and what in _CELLS:
            return _CELLS[what](dump)
        store, ref = _entry(dump, where, what)
        return store.tries_left(ref)
    except (KeyNotFound, DamagedCell, KeyError, ValueError, StopIteration):
        raise VectorError(f"the card has no counter {name}; write {KNOWN}") from None


def _entry(dump: Dump, where: str, what: str) -> tuple[KeyStore, KeyRef]:
    if where == "MF":
        return KeyStore(partition_of(dump["manager"]), b"K"), {"MK": MASTER_REF, "TK": TRANSPORT_REF}[what]
    if where == "PKI":
        pins = {f"{p2:02X}": ref for p2, ref in PINS.items()}
        fid = PKI.fid if what == "HOME" else _APPLICATION
        masters = {"MK": PKI_MASTER_REF, "HOME": PKI_MASTER_REF}
        return key_store(partition_of(dump["pki"]), fid), {**pins, **masters}[what]
    if where == "PSE":
        return key_store(partition_of(dump["pse"]), PSE_FID), {"MK": MASTER_REF}[what]
    if where == "PSAM":
        region, fid = {"MF": ("manager", MF_FID), "DDF1": (_SX2, _SX2_FID)}.get(what, ("manager", _APPLICATION))
        return _named(key_store(partition_of(dump[region]), fid), "MK" if what in ("MF", "DDF1", "00") else what)
    return _named(key_store(partition_of(dump["ssse"]), ssse.FID if where == "SSSE" else int(where, 16)), what)


def _named(store: KeyStore, what: str) -> tuple[KeyStore, KeyRef]:
    refs = {"PIN": PIN_REF, "MK": MASTER_REF}
    kid, _, version = what.partition(":")
    wanted = int(version, 16) if version else None
    return store, refs.get(what) or store.locate(Kind.EXTERNAL, int(kid, 16) & 0x0F, wanted)


def _pin(dump: Dump) -> int:
    cell = next(raw for key, raw in sorted(dump["pse"].items()) if key[:1] == b"C")
    return Counters.from_bytes(cell).pin_tries


def _channel(dump: Dump) -> int:
    """Openings of the application's personalisation channel that may still fail; a fresh one has no cell yet."""
    home = b"Q" + PSE_FID.to_bytes(2, "big")
    cell = next((raw for key, raw in sorted(dump["pse"].items()) if key[:1] == b"Q" and key != home), None)
    return _MOST_OPENINGS - Channel.decode(cell).failures


_CELLS = MappingProxyType({"PIN": _pin, "CHANNEL": _channel})
