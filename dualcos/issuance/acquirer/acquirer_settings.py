"""What an acquirer is set to: its names, the form of its keys, its day, and what it lets terminals fetch."""

from __future__ import annotations

from dataclasses import dataclass

from dualcos.messages.terminal_parameters import AidParameters, AuthorityKey


@dataclass(frozen=True, slots=True)
class AcquirerSettings:
    """``institution``: field 32, 8 to 11 digits; ``issuer``: of the cards, for field 44; ``scheme``: three letters for
    field 63. ``tagged``: working keys go out behind tags. ``key_hours``: so long a working key is good.
    ``anyone``: a terminal that is in no register is entered by its first sign-on. ``cut_over``: hhmmss, from when on it
    is the next business day; during so many ``cut_over_minutes`` behind it payments are answered 90 (日切).
    ``parameters``, ``authority_keys``: for downloads.
    """

    institution: str = "00010000"
    issuer: str = "62000000"
    scheme: str = "CUP"
    tagged: bool = False
    key_hours: int = 24
    anyone: bool = True
    cut_over: str = "230000"
    cut_over_minutes: int = 0
    parameters: tuple[AidParameters, ...] = ()
    authority_keys: tuple[AuthorityKey, ...] = ()


USUAL_ACQUIRER = AcquirerSettings()
