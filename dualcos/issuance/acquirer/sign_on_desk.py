"""Sign-on, sign-off, echo (签到、签退、回响): each sign-on brings new working keys and tells the batch."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.pos_answers import answer_to
from dualcos.issuance.acquirer.working_keys import keys_sent, new_working_keys
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.pos_subfields import joined
from dualcos.messages.response_codes import APPROVED
from keys.key_handle import KeyHandle

_WITH_TRACK_KEY, _DOUBLE_KEYS = "004", ("003", "004")
_NOT_SUPPORTED = "40"


class SignOnDesk:
    """``master``: the master key of a terminal by its number; ``random``: gives so many random bytes."""

    def __init__(
        self,
        books: AcquirerBooks,
        settings: AcquirerSettings,
        master: Callable[[str], KeyHandle],
        random: Callable[[int], bytes],
    ) -> None:
        self._books = books
        self._settings = settings
        self._master = master
        self._random = random

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """Raises BooksError."""
        if asked.kind.name == "sign-on":
            return self._signed_on(asked)
        if asked.kind.name == "sign-off":
            with self._books.transaction():
                self._books.keep_terminal(structs.replace(asked.terminal, signed_on=False))
        return answer_to(asked, APPROVED)

    def _signed_on(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        network = asked.parts.get("network", "")
        if network not in _DOUBLE_KEYS:
            return answer_to(asked, _NOT_SUPPORTED)
        master, keys = self._master(asked.terminal.number), new_working_keys(self._random)
        with self._books.transaction():
            self._books.keep_terminal(
                structs.replace(asked.terminal, signed_on=True, keys=keys_sent(master, keys), keys_made=asked.now)
            )
            reference = f"{self._books.next_number('reference'):012d}"
        track = network == _WITH_TRACK_KEY
        return answer_to(
            asked,
            APPROVED,
            {
                32: self._settings.institution,
                37: reference,
                60: joined(60, {"kind": "00", "batch": asked.terminal.batch, "network": network}),
                62: keys_sent(master, keys, tagged=self._settings.tagged, track=track),
            },
        )
