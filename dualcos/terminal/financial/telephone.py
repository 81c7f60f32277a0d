"""The attendant on the telephone: what an issuer said there has to be on the slip and in the upload."""

from __future__ import annotations

from dualcos.terminal.financial.kernel.kernel_parts import Attendant


class ListeningAttendant:
    """The attendant, of whom is remembered which approval code he typed in for a referral."""

    def __init__(self, attendant: Attendant) -> None:
        self._attendant = attendant
        self.approval = ""

    def compares_document(self, kind: str, number: str) -> bool:
        """See ``Attendant``."""
        return self._attendant.compares_document(kind, number)

    def authorises(self, pan: str) -> str | None:
        """See ``Attendant``."""
        heard = self._attendant.authorises(pan)
        self.approval = heard or ""
        return heard
