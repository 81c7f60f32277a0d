"""From blank chip to environments that own their master keys (SSC-10 §5; 总体方案 一（四）)."""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.link import SmartCard
from apdu.status import SW
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.kernel.files import Structure
from dualcos.dialogue.driver import Dialogue, apdu, done, perform, refused, send
from dualcos.dialogue.making import END, FCI_SFI, SELECT_MF, Maker, create, file_frame, prove_transport, select
from keys.key_handle import KeyHandle

_FCI_FILE = 0xEF00 | FCI_SFI
_RECORD_HEADERS = 16  # of the record in its file, and what stands before the FCI in it


class BirthOrder(NamedTuple):
    """What the card maker needs for one chip: historical bytes, keys, the environments to hand over with their keys.

    ``card_master`` is the batch's, ``final_card_master`` the one that stays. ``mf_fci``: what SELECT of the MF is to
    answer, a template 6F; empty: what the COS answers by itself.
    """

    historical: bytes
    transport: KeyHandle
    card_master: KeyHandle
    final_card_master: KeyHandle
    environments: tuple[tuple[DirectoryHeader, KeyHandle], ...] = ()
    block_reaches_mf: bool = False
    mf_fci: bytes = b""


def maker_bytes(card: SmartCard, historical: bytes) -> bytes:
    """The chip maker's step, from reset to reset: serial number, the other historical bytes. Returns the new ATR."""
    card.power_on()
    perform(card, done("serial number", apdu("80E00500", b"\0\0" + historical[7:])))
    perform(card, done("ATR", apdu("00140000", b"\x3b\x6d\0\0" + historical[:7])))
    return card.power_on()


def birth(order: BirthOrder, maker: Maker) -> Dialogue[None]:
    """Transport key, MF, card master key, then each environment with its first master key."""
    exists = maker.resuming and (yield from send(SELECT_MF)).sw != SW.FILE_NOT_FOUND
    transport = done("transport key", prove_transport(order.transport, order.historical))
    # A dead one: the card has its master key.
    if (yield from maker.unless_made(transport, SW.CONDITIONS_NOT_SATISFIED)) is not None:
        if not exists:
            header = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, FCI_SFI, order.block_reaches_mf, b"")
            yield from done("create MF", create(header.frame()))
        yield from maker.load_master(order.transport, order.card_master)
    if order.mf_fci:
        yield from _lay_down_fci(order, maker)
    for header, master in order.environments:
        yield from _environment(order, maker, header, master)


def _lay_down_fci(order: BirthOrder, maker: Maker) -> Dialogue[None]:
    """The MF's FCI file and its record, which may be there already where a making was cut short."""
    if not (yield from _enter_mf(order, maker)):
        return
    room = len(order.mf_fci) + _RECORD_HEADERS
    command = create(file_frame(_FCI_FILE, Structure.INTERNAL, room, "EFEF00FF", 0xFF))
    sw = (yield from send(command)).sw
    if sw != SW.OK and not (maker.resuming and sw == SW.FILE_EXISTS):
        raise refused("create the MF's FCI file", command, sw)
    body = MF_FID.to_bytes(2, "big") + bytes((len(order.mf_fci),)) + order.mf_fci
    yield from done("FCI record of the MF", apdu(f"00D201{FCI_SFI:02X}", tlv.encode(0x70, body)))


def _enter_mf(order: BirthOrder, maker: Maker) -> Dialogue[KeyHandle | None]:
    """The MF with its master key proved, which is returned; None if that is the one that stays: nothing is left to
    make then, as it comes last.
    """
    yield from done("select MF", SELECT_MF)
    under = yield from maker.prove_one_of((order.card_master, order.final_card_master))
    last = under.equals(order.final_card_master) and not under.equals(order.card_master)
    return None if last else under


def _environment(order: BirthOrder, maker: Maker, header: DirectoryHeader, master: KeyHandle) -> Dialogue[None]:
    """Create an environment and hand it over to its own master key."""
    under = yield from _enter_mf(order, maker)
    if under is None:
        return
    command = create(header.frame())
    sw = (yield from send(command)).sw
    if maker.resuming and sw == SW.FILE_EXISTS:
        # Created and not handed over: its first key is loaded. One that is owned is left alone.
        yield from done(f"select {header.fid:04X}", select(header.name))
        owned = (SW.SECURITY_NOT_SATISFIED, SW.INS_NOT_SUPPORTED)
        yield from maker.unless_made(maker.load_master(under, master), *owned)
        return
    if sw != SW.OK:
        raise refused(f"create environment {header.fid:04X}", command, sw)
    yield from maker.load_master(under, master)


def close(order: BirthOrder, maker: Maker) -> Dialogue[None]:
    """The card master key that stays, then END: no further environment, nothing left to do for that key."""
    yield from done("select MF", SELECT_MF)
    if (yield from maker.take_over(order.card_master, order.final_card_master)):
        yield from maker.prove(order.final_card_master)
    yield from maker.unless_made(done("END in the MF", END), SW.CONDITIONS_NOT_SATISFIED)
