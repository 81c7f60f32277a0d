"""Raw records without their secrets: what of a record may leave the process.

Follows one card from record to record, for an answer to a secret may be fetched by a later command. Costs a look at
the instruction where nothing is secret.
"""

from __future__ import annotations

from msgspec import structs

from apdu.command import MalformedAPDU, parse
from apdu.status import StatusWord
from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE, Familiar, mask
from dualcos.explain.raw_record import RawExchange, RawPower, RawRecord
from dualcos.explain.tracker import left_waiting


class SecretMasking:
    """Masks the records of one card, in order. Explained, they say what the whole records say.

    Where a record does not name its environment, whatever is secret in any is.
    """

    __slots__ = ("_known", "_secret_waits")

    def __init__(self, known: Familiar = FAMILIAR) -> None:
        self._known = known
        self._secret_waits = False

    def masked(self, record: RawRecord) -> RawRecord:
        """``record`` itself if nothing in it is secret, else one with that cut out."""
        if isinstance(record, RawExchange):
            if not self._secret_waits and record.command[1:2] not in self._known.secretive:
                return record
            return self._cut(record)
        self._secret_waits = False
        if isinstance(record, RawPower) or not record.command:
            return record
        shown, hidden = mask(record.before, record.command, self._known)
        return structs.replace(record, command=shown, hidden=hidden) if hidden else record

    def _cut(self, record: RawExchange) -> RawExchange:
        shown, hidden = mask(record.before, record.command, self._known)
        answer, cut = record.answer, 0
        try:
            ins = parse(record.command).ins
        except MalformedAPDU:
            secret = bool(hidden)
        else:
            fetching = ins == INS_GET_RESPONSE
            secret = bool(hidden) or (fetching and self._secret_waits)
            sw, bare = StatusWord(int.from_bytes(answer[-2:], "big")), bool(hidden) or len(answer) <= 2
            waits = left_waiting(bool(hidden), self._secret_waits, sw, fetching=fetching, bare=bare)
            self._secret_waits = bool(waits)
        if secret:
            kept = answer[-2:] if len(answer) >= 2 else b""
            answer, cut = kept, len(answer) - len(kept)
        if not (hidden or cut):
            return record
        return structs.replace(record, command=shown, hidden=hidden, answer=answer, answer_hidden=cut)
