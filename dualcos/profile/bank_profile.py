"""What a profile says of the bank's environment: its application, its payment directory, its test keys."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from cos.pse.options import BankOptions
from dualcos.profile.field_types import Hex, Key16, Pin, Tries
from dualcos.textforms.whole_texts import whole


class DirectoryEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry (61). ``tags``: what it holds, in order; left out, 4F, 50 and the priority 87 if there is one.

    ``elements``: values that are not the application's own, tag to hex: those of an application that lies elsewhere, or
    9D, the name of a further directory. ``discretionary``: contents of its 73. ``record``: which record it stands in;
    left out, one of its own behind those before.
    """

    tags: tuple[str, ...] | None = None
    elements: dict[str, Hex] = {}
    discretionary: Hex = ""
    record: Annotated[int, Meta(ge=1, le=255)] | None = None


class PaymentDirectory(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``1PAY.SYS.DDF01`` says when it is selected, and its directory. ``sfi``: where that file lies (88).

    ``fci``: the tags of A5, in order. ``elements``: their values where they are not the application's own, tag to hex.
    ``discretionary``: contents of BF0C, behind them. ``entries`` of the directory, in order.
    """

    sfi: Annotated[int, Meta(ge=1, le=10)] = 1
    fci: tuple[str, ...] = ("88", "5F2D")
    elements: dict[str, Hex] = {}
    discretionary: Hex = ""
    entries: tuple[DirectoryEntry, ...] = (DirectoryEntry(),)


class BankKeys(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bank's test keys; left out, they are derived from the profile's label.

    ``ready``: ``ac``, ``mac`` and ``enc`` are the card's own keys as they are loaded, not the issuer's masters.
    """

    ready: bool = False
    master: Key16 | None = None
    kmc: Key16 | None = None
    ac: Key16 | None = None
    mac: Key16 | None = None
    enc: Key16 | None = None


class BankSmKeys(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The issuer's SM4 test keys; left out, they are derived from the profile's label."""

    ac: Key16 | None = None
    mac: Key16 | None = None
    enc: Key16 | None = None


class BankSmProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A second set of algorithms, SM2 with SM3 and SM4, which a terminal chooses by DF69 = 01 in the PDOL data.

    ``sm2``: a set of SM2 test keys that comes with the package; the certificates are computed from it. ``aip``,
    ``iad``: 82 and 9F10 of this set. ``records``: its own records, which stand in the AFL in place of those of file
    ``instead_of`` (SFI, 2 hex digits).
    """

    sm2: str
    aip: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="4 hex digits")]
    iad: Hex
    records: dict[str, list[str]]
    instead_of: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{2}"), description="2 hex digits")] = "02"
    keys: BankSmKeys = BankSmKeys()


class BankProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bank's environment with one debit application. ``elements``: tag to value, both hex.

    ``records``, ``internal``: personalisation group (4 hex digits; of a record SFI and number) to the tags it holds,
    in order; records of SFI 1 to 10 get their template 70. ``signed``: SFI (2 hex digits) to how many of its records,
    from the first, are signed. ``fci``: the tags of A5; 50 comes from ``label``. ``discretionary``: what the issuer
    adds to BF0C, as TLV. ``log``: the log's format (9F4F), empty for none; its file is 0B.
    ``rsa``: a set of RSA test keys that comes with the package, empty for a card without certificates; the
    certificates are computed from it. ``issued_records``: further records, group to contents as they stand on an
    issued card, TLV in hex; of SFI 1 to 10 with the template 70 that READ RECORD answers, or without. ``afl``: 94 as
    it stands there, which says then what is signed; empty, it is computed from all records of SFI 1 to 10.
    ``directory``: what ``1PAY.SYS.DDF01`` says. ``sm``: a second set of algorithms.
    """

    aid: Hex
    label: str
    kmc_id: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{12}"), description="12 hex digits")] = "999999FFFFFF"
    keys: BankKeys = BankKeys()
    pin: Pin = ""
    pin_tries: Tries = 3
    elements: dict[str, Hex]
    records: dict[str, list[str]]
    issued_records: dict[str, Hex] = {}
    afl: Hex = ""
    internal: dict[str, list[str]] = {}
    signed: dict[str, int] = {}
    fci: tuple[str, ...] = ("50", "87")
    discretionary: Hex = ""
    log: Hex = ""
    log_records: Annotated[int, Meta(ge=1, le=254)] = 10
    rsa: str = ""
    directory: PaymentDirectory = PaymentDirectory()
    sm: BankSmProfile | None = None
    options: BankOptions = BankOptions()
