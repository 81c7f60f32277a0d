"""The maker's dialect of the host's end (制卡): directories created, keys written, master keys proved, half-made cards
taken up (SSC-10 §5; SSC-9 §7.1; the Datang T514 COS).

Two of everything that a card may refuse. What a ``MakersForm`` does answers what the card said, for whoever wants to
know it. What a ``Maker`` does has to succeed, or it raises StepRefused, which names the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

from apdu.status import SW, StatusWord
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind, frame_file
from cos.kernel.files import Descriptor, Structure
from dualcos.dialogue.driver import Dialogue, Reply, Result, StepRefused, apdu, done, refused, send
from dualcos.dialogue.iso_commands import challenge
from keys import key_wrapping
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

END = apdu("80E00200")
SELECT_MF = apdu("00A40000", b"\x3f\x00")
FCI_SFI = 0x23
"""Short identifier of the internal file that a directory's FCI stands in."""
_MASTER = KeyHeader(0x00, 0x00, 0x00, 0xEF, 0x33, TDES.social, 0xFF, 16)


class Deleted(IntEnum):
    """P2 of DELETE FILE: what is deleted."""

    ENVIRONMENT = 1
    APPLICATION = 2
    FILE = 3


def master_header(algorithm_byte: int) -> KeyHeader:
    """Header of a master key (type 00, number 00, level FF)."""
    return _MASTER._replace(algorithm=algorithm_byte)


def directory(fid: int, name: bytes, kind: DirectoryKind = DirectoryKind.DDF) -> DirectoryHeader:
    """A directory without an FCI file of its own, whose blocking stays in it."""
    return DirectoryHeader(fid, kind, 0, 0, card_block_reaches_mf=False, name=name)


def file_frame(fid: int, kind: Structure, size: int, words: str, record: int = 0, sfi: int | None = None) -> bytes:
    """Creation data of a file: ``words`` of reading and writing in hex; its short identifier is that of its number."""
    access = b"\0" + bytes.fromhex(words)
    return frame_file(Descriptor(fid, kind, fid & 0xFF if sfi is None else sfi, size, record, access))


def select(name: bytes) -> bytes:
    """SELECT a directory by name."""
    return apdu("00A40400", name)


def create(data: bytes) -> bytes:
    """CREATE FILE: a directory's or a file's creation data."""
    return apdu("80E00100", data)


def delete(fid: int, what: Deleted) -> bytes:
    """DELETE FILE."""
    return apdu(f"80E100{what:02X}", fid.to_bytes(2, "big"))


def prove_transport(transport: KeyHandle, historical: bytes) -> bytes:
    """The transport key's proof, for the chip with these historical bytes."""
    return apdu("80E00300", key_wrapping.transport_cryptogram(transport, historical[7:]))


def get_challenge(length: int = 8) -> bytes:
    """GET CHALLENGE."""
    return apdu("00840000", le=length)


class MakersForm(NamedTuple):
    """How a directory's master key is proved and keys are written under it, where environments differ.

    ``random``: bytes of the random number. ``cryptogram``: a master key's answer to it. ``master_p1`` of WRITE KEY for
    a master key.
    """

    random: int
    cryptogram: Callable[[KeyHandle, bytes], bytes]
    master_p1: int

    def proof(self, master: KeyHandle, random: bytes, kid: int = 0) -> bytes:
        """EXTERNAL AUTHENTICATION."""
        return apdu(f"008200{kid:02X}", self.cryptogram(master, random))

    def key(self, under: KeyHandle, header: KeyHeader, key: KeyHandle, random: bytes) -> bytes:
        """WRITE KEY, enciphered and MACed under ``under``."""
        return self._written(under, header, key_wrapping.wrap_key(under, header, key), random)

    def pin(self, under: KeyHandle, header: KeyHeader, pin: bytes, random: bytes) -> bytes:
        """WRITE KEY carrying a PIN."""
        return self._written(under, header, key_wrapping.wrap_pin(under, header, pin), random)

    def _written(self, under: KeyHandle, header: KeyHeader, cipher: bytes, random: bytes) -> bytes:
        p1 = self.master_p1 if header.kind == 0 else 0
        return key_wrapping.write_key_command(under, p1, cipher, random)

    def prove(self, master: KeyHandle, kid: int = 0) -> Reply:
        """Prove a key on a fresh random number."""
        random = yield from challenge(self.random)
        return (yield from send(self.proof(master, random, kid)))

    def enter(self, name: bytes, master: KeyHandle, kid: int = 0) -> Reply:
        """Select a directory by name and prove its key."""
        yield from send(select(name))
        return (yield from self.prove(master, kid))

    def write_key(self, under: KeyHandle, header: KeyHeader, key: KeyHandle) -> Reply:
        """Write a key on a fresh random number."""
        random = yield from challenge(self.random)
        return (yield from send(self.key(under, header, key, random)))

    def write_master(self, under: KeyHandle, key: KeyHandle) -> Reply:
        """The current directory's master key, on a fresh random number."""
        return (yield from self.write_key(under, master_header(key.algorithm.social), key))


SOCIAL_FORM = MakersForm(8, key_wrapping.master_authentication, 1)
"""Of the MF, SSSE and the environments of a PSAM: authentication data ‖ random number."""
BANK_FORM = MakersForm(8, key_wrapping.bank_master_authentication, 1)
"""Of the payment environment: the random number enciphered."""
PKI_FORM = MakersForm(16, key_wrapping.bank_master_authentication, 0)
"""Of the PKI environment: the same with a random number of 16 bytes (inferred)."""


class Maker(NamedTuple):
    """Who makes a directory: every step has to succeed.

    ``resuming``: the card may be half made; what exists already is made again, what is closed already is left alone.
    On a fresh card nothing may exist, so there an "exists" stays a fault.
    """

    form: MakersForm = SOCIAL_FORM
    resuming: bool = False

    def challenge(self) -> Dialogue[bytes]:
        """A random number of the card."""
        return (yield from done("GET CHALLENGE", get_challenge(self.form.random)))

    def prove(self, master: KeyHandle) -> Dialogue[None]:
        """The current directory's master key."""
        random = yield from self.challenge()
        yield from done("master key authentication", self.form.proof(master, random))

    def enter(self, what: str, name: bytes, master: KeyHandle) -> Dialogue[None]:
        """Select a directory and prove its master key."""
        yield from done(f"select {what}", select(name))
        yield from self.prove(master)

    def prove_one_of(self, keys: Sequence[KeyHandle]) -> Dialogue[KeyHandle]:
        """The first of ``keys`` the directory accepts: an interrupted session may have replaced its master key.

        A wrong one costs a try, which the right one restores. Not ``resuming``, it is the first or a fault.
        """
        *earlier, last = keys if self.resuming else keys[:1]
        for key in earlier:
            random = yield from self.challenge()
            answer = yield from send(self.form.proof(key, random))
            if answer.sw == SW.OK:
                return key
        yield from self.prove(last)
        return last

    def take_over(self, first: KeyHandle, own: KeyHandle) -> Dialogue[bool]:
        """Make the current directory ``own``'s: the key it was handed over with is replaced, unless that has happened.

        The master key is proved then; True if it was replaced, which leaves the new one unproved.
        """
        under = yield from self.prove_one_of((first, own))
        if under.equals(own):
            return False
        yield from self.load_master(under, own)
        return True

    def load_key(self, under: KeyHandle, header: KeyHeader, key: KeyHandle) -> Dialogue[None]:
        """WRITE KEY, enciphered and MACed under ``under``."""
        random = yield from self.challenge()
        yield from done(f"WRITE KEY {header.kid:02X}", self.form.key(under, header, key, random))

    def load_master(self, under: KeyHandle, key: KeyHandle) -> Dialogue[None]:
        """WRITE KEY of the current directory's master key."""
        yield from self.load_key(under, master_header(key.algorithm.social), key)

    def load_pin(self, under: KeyHandle, header: KeyHeader, pin: bytes) -> Dialogue[None]:
        """WRITE KEY carrying a PIN."""
        random = yield from self.challenge()
        yield from done("WRITE KEY (PIN)", self.form.pin(under, header, pin, random))

    def create(self, what: str, fid: int, data: bytes, kind: Deleted) -> Dialogue[bool]:
        """CREATE FILE; False if ``resuming`` and it, or the directory around it, is closed already.

        What an interrupted session left unfinished is deleted and created again.
        """
        command = create(data)
        sw = (yield from send(command)).sw
        if self.resuming and sw == SW.FILE_EXISTS:
            sw = (yield from send(delete(fid, kind))).sw
            if sw == SW.OK:
                sw = (yield from send(command)).sw
        if self.resuming and sw == SW.CONDITIONS_NOT_SATISFIED:
            return False
        if sw != SW.OK:
            raise refused(what, command, sw)
        return True

    def unless_made(self, step: Dialogue[Result], *words: StatusWord) -> Dialogue[Result | None]:
        """What ``step`` comes to; None if ``resuming`` and it was refused with one of ``words``: it is made already."""
        try:
            return (yield from step)
        except StepRefused as error:
            if self.resuming and error.sw in words:
                return None
            raise
