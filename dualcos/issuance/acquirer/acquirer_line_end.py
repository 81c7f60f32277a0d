"""The acquirer's end of the line: messages as they came in frames, with their seals; for the front and the leash."""

from __future__ import annotations

from collections.abc import Callable

from dualcos.issuance.acquirer.acquirer_front import AcquirerFront
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_envelope import seal_holds, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_form import LineAnswer, LineRequest, PosForm, line_answer
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac

_MAC = 64


class AcquirerLineEnd:
    """``mac``: how messages are sealed on this line; ``report`` is told what was wrong with a message.

    ``form``: of the messages, for a leash. Any thread may ask.
    """

    def __init__(
        self, front: AcquirerFront, mac: LineMac = LineMac.ECB_HEX, report: Callable[[str], None] = lambda _: None
    ) -> None:
        self._front = front
        self._mac = mac
        self._report = report
        self._codec = Iso8583Codec(POS_DIALECT)
        self.form = PosForm(self._sealed, self._proven, self._codec)

    def answer(self, request: LineRequest) -> LineAnswer:
        """As ``AcquirerFront.answer``, to go back where the request came from."""
        found = self._front.answer(request.message, lambda key: self._holds(request, key))
        if found.why:
            self._report(f"{request.message.mti} of {request.message.text(41) or 'nobody'}: {found.why}")
        return line_answer(request, found.message, proven=found.proven)

    def _holds(self, request: LineRequest, key: KeyHandle) -> bool:
        return seal_holds(self._codec, request.body, key, self._mac)

    def _proven(self, request: LineRequest) -> bool:
        """True if the request has the right MAC: it came from who has the terminal's key."""
        key = self._front.mac_key(request.message.text(41))
        return key is not None and self._holds(request, key)

    def _sealed(self, message: AcquirerMessage, terminal: str) -> bytes:
        """With the working key of the terminal it goes to; as it is if that has none."""
        key = self._front.mac_key(terminal)
        if key is None:
            return self._codec.body(message.having({_MAC: None}))
        return sealed(self._codec, message, key, self._mac)
