"""Parameters of applications and authorities' keys, fetched from the acquirer and kept (PBOC-6 §6.3, §8.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import msgspec

from dualcos.messages.download_messages import (
    BadDownload,
    DownloadName,
    DownloadState,
    listed,
    query,
    record_in,
)
from dualcos.messages.terminal_parameters import BadParameters, aid_parameters, authority_key
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.terminal_line import TerminalLine

_AIDS, _KEYS = "applications", "authority keys"
_MOST = 99


class DownloadedCounts(NamedTuple):
    """How many records came."""

    applications: int
    keys: int


def downloaded(settings: KernelSettings, journal: PaymentJournal) -> KernelSettings:
    """The settings with what was downloaded in place of what was installed, where something was."""
    aids, keys = (_kept(journal, name) for name in (_AIDS, _KEYS))
    if aids:
        tdol = next((each.default_tdol for each in settings.applications), b"")  # no download has one
        found = (replace(aid_parameters(each), default_tdol=tdol) for each in aids)
        settings = replace(settings, applications=tuple(found))
    if keys:
        settings = replace(settings, keys={each.name: each for each in map(authority_key, keys)})
    return settings


def _kept(journal: PaymentJournal, name: str) -> list[bytes]:
    text = journal.setting(name)
    return [bytes.fromhex(each) for each in msgspec.json.decode(text, type=list[str])] if text else []


def download(line: TerminalLine, journal: PaymentJournal) -> DownloadedCounts:
    """Applications and keys, all or nothing of each. Raises PaymentRefused."""
    aids = _records(line, ("parameter query", "parameters", "parameters end"), aid_parameters)
    keys = _records(line, ("public key query", "public key", "public keys end"), authority_key)
    for setting, records in ((_AIDS, aids), (_KEYS, keys)):
        journal.keep_setting(setting, msgspec.json.encode([each.hex() for each in records]).decode())
    return DownloadedCounts(len(aids), len(keys))


def _records(line: TerminalLine, messages: tuple[str, str, str], read: Callable[[bytes], object]) -> list[bytes]:
    """Each that the acquirer lists and has, if a terminal can use all of them."""
    listing, record, end = messages
    try:
        fetched = [record_in(line.managed(record, {62: name.raw}).raw(62)) for name in _names(line, listing)]
        found = [each for each in fetched if each]
        for each in found:
            read(each)
    except (BadDownload, BadParameters) as error:
        raise PaymentRefused(PaymentRefusal.UNFIT_ANSWER, detail=("", str(error))) from None
    line.managed(end, {})
    return found


def _names(line: TerminalLine, listing: str) -> list[DownloadName]:
    """All of a list, which comes in parts. Raises BadDownload, PaymentRefused."""
    names, state = list[DownloadName](), DownloadState.MORE
    while state is DownloadState.MORE and len(names) < _MOST:
        state, more = listed(line.managed(listing, {62: query(len(names))}).raw(62))
        if not more:
            break
        names += more
    return names
