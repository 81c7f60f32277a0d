"""Damage that does not stay where it is: decoders that trust what is stored, and what follows where they do not."""

from __future__ import annotations

from apdu import tlv
from apdu.status import SW
from cos.kernel import engine as kernel
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.kernel.files import ElementaryFile, FileSystem
from cos.kernel.stack import Tenant
from cos.pse import stack as pse
from cos.pse.current_directory import BankDirectory
from cos.pse.transaction.transaction_memory import Counters
from firewall import mint
from firewall.hardware import chip
from firewall.hardware.chip import Chip
from firewall.partition import DamagedCell
from keys.card_key_store import KeyStore

from .patching import Patch


def claims_trusts_headers(patch: Patch) -> None:
    """Asked by the dispatcher whether a name is its own, the bank decodes every header, damaged or not."""

    def careless(nvm):
        headers = (DirectoryHeader.decode(raw) for _, raw in FileSystem(nvm).directories())
        return tuple(header for header in headers if header.kind == DirectoryKind.ADF)

    patch.setattr(pse, "applications", careless)


def power_on_dies_of_the_directory(patch: Patch) -> None:
    """The directory of environments is read as if nothing could be wrong with it: no power-on, no ATR."""

    def trusting(kind, raw):
        return mint.EnvironmentEntry(kind, tlv.find(raw, 0x83) or b"", tlv.find(raw, 0x84) or b"")

    patch.setattr(mint.EnvironmentEntry, "decode", staticmethod(trusting))


def entry_believed(patch: Patch) -> None:
    """An entry with another's identifier or name is believed, and stands before the one it was taken from."""

    def believing(kind, raw):
        try:
            return mint.EnvironmentEntry(kind, tlv.find(raw, 0x83) or b"", tlv.find(raw, 0x84) or b"")
        except tlv.TlvError:
            return None

    patch.setattr(mint.EnvironmentEntry, "decode", staticmethod(believing))


def damage_silences_the_card(patch: Patch) -> None:
    """An environment that cannot be read counts as a reason to block the whole card."""
    blocked = mint.EnvironmentDirectory.card_blocked.fget
    patch.setattr(
        mint.EnvironmentDirectory,
        "card_blocked",
        property(lambda self: blocked(self) or len(self.entries) != len(self.taken)),
    )


def home_header_trusted(patch: Patch) -> None:
    """A session is made of the own header whatever is in it: the damage leaves the environment by an exception."""

    opened = Tenant.open

    def trusting(self):
        return self.stay(self) if self.stay is pse.PseSession else opened(self)

    patch.setattr(Tenant, "open", trusting)


def counter_cell_trusted(patch: Patch) -> None:
    """The try counter's first byte is taken, whether the cell has one or not."""
    patch.setattr(KeyStore, "_counter", lambda self, ref: self._partition.get(self._counter_cell(ref))[0])


def record_count_trusted(patch: Patch) -> None:
    """How many records there are, and in which slot the newest, is believed of any bytes."""
    patch.setattr(ElementaryFile, "_counted", lambda self, state: b"\0\0" if state is None else state)  # noqa: ARG005


def counters_trusted(patch: Patch) -> None:
    """The bank's counters are unpacked without a look at what was stored."""
    patch.setattr(
        BankDirectory, "counters", lambda self: Counters.from_bytes(self._nvm.get(self.counters_cell) or bytes(20))
    )


def historical_bytes_trusted(patch: Patch) -> None:
    """More historical bytes than an ATR can hold are put into it."""
    patch.setattr(Chip, "historical", Chip.historical.getter(lambda self: self.data.get(chip.CELLS[0].key()) or b""))


def damage_is_the_terminals_fault(patch: Patch) -> None:
    """A damaged cell is answered as if the command's data were wrong."""
    words = tuple(
        each._replace(sw=SW.WRONG_DATA) if each.error is DamagedCell else each for each in kernel.COMMON_ERRORS
    )
    patch.setattr(kernel, "COMMON_ERRORS", words)
