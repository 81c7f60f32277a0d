"""The certificate functions of LD/T 6001.5-2023: named, and refused with the reason.

Of that document only the contents list was at hand; what its functions give and take is not known well enough to build.
The PKI application itself is on cards of 3.0 (``social-3.0-pki``).
"""

from __future__ import annotations

from typing import NoReturn

from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped


def not_supported(function: str) -> NoReturn:
    """-13. Raises TerminalStopped."""
    zh = f"{function}：本库不含证书功能（LD/T 6001.5-2023正文未得）"
    en = f"{function}: this library has no certificate functions, as only the titles of LD/T 6001.5-2023 were at hand"
    raise TerminalStopped(StopCause.UNSUPPORTED, detail=(zh, en))
