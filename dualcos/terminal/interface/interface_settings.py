"""Where makers' libraries differ: settings, each with what the standard says as its default, or what hurts nobody."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.terminal.interface.text_charset import TextCharset


class InterfaceSettings(NamedTuple):
    """One library's ways.

    ``contact``, ``contactless``, ``sam``: numbers of the connectors (SSC-8 A1.3); ``contactless`` None: there is none.
    ``device``: which reader to open.
    ``charset``: of every text; the standard says GBK.
    ``device_number``: 终端设备号. It may be empty (SC §1.1.2), and then callers that strip bars from the end before
    they split miss a field: so it is not, unless asked for.
    ``whole_atr``: the reset field holds the whole ATR, not the 13 historical bytes alone.
    ``terminal_in_step1``: a ninth field of iReadCardBas_HSM_Step1, the number of the terminal.
    ``short_version``: 规范版本 in three characters, ``3.0``, not in the card's four.
    ``strict_bars``: what Step2 takes must have exactly the bars of the standard; else any number of bars at its end
    does, as callers strip them or add one.
    ``internal_may_be_skipped``: cards of 1.0 and 2.0 are taken without the HSM's answer to internal authentication.
    ``header_may_lack``: iReloadPIN_HSM_Step3 takes cipher text and MAC without the header in front, too.
    """

    contact: int = 0x01
    contactless: int | None = None
    sam: int = 0x11
    device: str = "AUTO"
    charset: TextCharset = "gbk"
    device_number: str = "DUALCOS000000001"
    whole_atr: bool = False
    terminal_in_step1: bool = False
    short_version: bool = False
    strict_bars: bool = False
    internal_may_be_skipped: bool = False
    header_may_lack: bool = False


STANDARD = InterfaceSettings()
"""As the standard has it, with a device number."""
