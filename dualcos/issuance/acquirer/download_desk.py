"""Downloads (参数下载、公钥下载): parameters of applications and authorities' public keys for terminals."""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.pos_answers import answer_to
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.download_messages import BadDownload, DownloadName, asked_record, listing, queried, record_answer
from dualcos.messages.response_codes import APPROVED
from dualcos.messages.terminal_parameters import aid_record, key_record

_FORMAT = "30"
_LISTS, _RECORDS = ("public key query", "parameter query"), ("public key", "parameters")


class DownloadDesk:
    """What the settings offer."""

    def __init__(self, settings: AcquirerSettings) -> None:
        self._settings = settings

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """The list, one record, or that the end has been heard."""
        field = asked.message.raw(62)
        try:
            if asked.kind.name in _LISTS:
                return answer_to(asked, APPROVED, {62: listing(self._records(asked), queried(field))})
            if asked.kind.name in _RECORDS:
                return answer_to(
                    asked, APPROVED, {62: record_answer(self._records(asked).get(asked_record(field), b""))}
                )
        except BadDownload:
            return answer_to(asked, _FORMAT)
        return answer_to(asked, APPROVED)

    def _records(self, asked: AskedOfAcquirer) -> Mapping[DownloadName, bytes]:
        """All of the kind that is asked about, by name."""
        if "key" in asked.kind.name:
            keys = self._settings.authority_keys
            return {DownloadName(each.name.rid, each.name.number): key_record(each) for each in keys}
        return {DownloadName(each.aid): aid_record(each) for each in self._settings.parameters}
