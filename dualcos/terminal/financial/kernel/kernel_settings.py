"""What a payment terminal is (PBOC-6 §8.2, §8.3, A.1 to A.3): fixed when it is installed, or downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntFlag
from typing import NamedTuple

from dualcos.messages.terminal_parameters import AidParameters, AuthorityKey, AuthorityKeyName
from dualcos.terminal.terminal_forms import FormFactor, TerminalReach

DOMESTIC, YUAN = bytes.fromhex("0156"), bytes.fromhex("0156")


class Capability(IntFlag):
    """Bits of 9F33 in a number of three bytes (PBOC-6 table A.2)."""

    MANUAL = 0x800000
    STRIPE = 0x400000
    CHIP = 0x200000
    OFFLINE_PIN = 0x8000
    ONLINE_PIN = 0x4000
    SIGNATURE = 0x2000
    NO_CVM = 0x0800
    IDENTITY_DOCUMENT = 0x0100
    SDA = 0x80
    DDA = 0x40
    RETAIN_CARD = 0x20
    CDA = 0x08


class Additional(IntFlag):
    """Bits of 9F40 that decide something, in a number of five bytes (PBOC-6 table A.3)."""

    CASH = 0x80_00000000
    GOODS = 0x40_00000000
    SERVICES = 0x20_00000000
    CASHBACK = 0x10_00000000
    INQUIRY = 0x08_00000000
    TRANSFER = 0x04_00000000
    PRINT_ATTENDANT = 0x8000
    PRINT_HOLDER = 0x4000


class CardholderChoice(Enum):
    """How the holder chooses among several applications (PBOC-6 §7.2.5)."""

    LIST = "list"
    CONFIRM = "confirm"
    NONE = "none"


_CASH_MACHINE = "6011"
POS_CAPABILITIES = Capability(FormFactor.POS.row.capabilities)
POS_ADDITIONAL = Additional(FormFactor.POS.row.additional)


@dataclass(frozen=True, slots=True)
class TerminalData:
    """Fixed at installation (PBOC-6 §8.3). ``kind``: 9F35, two digits. ``choice``: what the display lets the holder
    do. Texts are as long as the standard has them: serial number 8, terminal 8, merchant 15, category 4.
    """

    kind: str = "22"
    capabilities: Capability = POS_CAPABILITIES
    additional: Additional = POS_ADDITIONAL
    country: bytes = DOMESTIC
    currency: bytes = YUAN
    exponent: int = 2
    serial: str = "12345678"
    terminal: str = "12345678"
    merchant: str = "123456789012345"
    category: str = "5411"
    merchant_name: str = ""
    choice: CardholderChoice = CardholderChoice.LIST

    @property
    def is_attended(self) -> bool:
        """有服务员."""
        return self.kind[1] in "123"

    @property
    def reach(self) -> TerminalReach:
        """仅联机, 有联机能力的脱机, 仅脱机."""
        return TerminalReach((int(self.kind[1]) - 1) % 3 + 1)

    @property
    def is_atm(self) -> bool:
        """Types 14, 15, 16 that pay cash (PBOC-6 A.1)."""
        return self.kind in ("14", "15", "16") and bool(self.additional & Additional.CASH)

    @property
    def form(self) -> FormFactor:
        """What 9F35 and 9F40 say of it; a PC with a reader says the same as a POS."""
        if self.is_atm:
            return FormFactor.ATM
        return FormFactor.POS if self.is_attended else FormFactor.KIOSK

    @property
    def can_sign(self) -> bool:
        """A signature needs an attendant, a printer for him, and the capability (PBOC-6 A.2)."""
        printer = bool(self.additional & Additional.PRINT_ATTENDANT)
        return bool(self.capabilities & Capability.SIGNATURE) and self.is_attended and printer


class RiskSettings(NamedTuple):
    """Parts of terminal risk management that a terminal need not have (PBOC-6 §7.8). ``is_excepted``: the exception
    file, asked by account number and sequence number (None: there is no such file); ``spent_before``: what the same
    card has been approved for off line, in fen, from the terminal's log (None: it keeps none).
    """

    is_excepted: Callable[[str, str], bool] | None = None
    spent_before: Callable[[str, str], int] | None = None
    random_selection: bool = True


USUAL_RISK = RiskSettings()


class RevokedCertificate(NamedTuple):
    """An issuer certificate that its authority has called back: the authority's key, the serial number of 3 bytes."""

    authority: AuthorityKeyName
    serial: bytes


@dataclass(frozen=True, slots=True)
class KernelSettings:
    """All that a kernel goes by. ``applications``: in the terminal's order; ``keys``: the authorities' by name.
    ``random``: that many unpredictable bytes. ``skips_default``: an on-line-only terminal that cannot go on line asks
    for AAC without looking at the default action codes (PBOC-6 §7.9.3). ``stops_at_6985``: EXTERNAL AUTHENTICATE
    answered 6985 ends the transaction (PBOC-6 §7.11.4.3 allows both). ``revoked``: issuer certificates that are not
    taken any more (PBOC-7 §5.2.3). ``sm_algorithms``: the terminal computes SM2 and SM3 and asks cards for them by
    DF69 in the PDOL, for which it needs the extra ``sm``; most terminals do not. ``keys`` past their expiry are taken:
    an acquirer removes them within half a year (PBOC-7 §10.1.3).
    """

    data: TerminalData
    applications: tuple[AidParameters, ...]
    random: Callable[[int], bytes]
    keys: Mapping[AuthorityKeyName, AuthorityKey] = field(default_factory=dict)
    risk: RiskSettings = USUAL_RISK
    skips_default: bool = False
    stops_at_6985: bool = False
    revoked: frozenset[RevokedCertificate] = frozenset()
    sm_algorithms: bool = False


def terminal_data(form: FormFactor) -> TerminalData:
    """What a terminal of that form usually is."""
    row = form.row
    usual = TerminalData(row.types[0], Capability(row.capabilities), Additional(row.additional))
    return replace(usual, category=_CASH_MACHINE) if form is FormFactor.ATM else usual


POS, KIOSK, ATM = map(terminal_data, (FormFactor.POS, FormFactor.KIOSK, FormFactor.ATM))
