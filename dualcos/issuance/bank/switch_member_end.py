"""The bank's end of the line from a switch (转接): what comes in the switch's dialect becomes questions to the issuer.

Total: any bytes have an answer, are sent back rejected, or have none where they are no frame or no request.
"""

from __future__ import annotations

from collections.abc import Callable

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisingIssuer
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583, UnwritableIso8583
from dualcos.messages.pos_envelope import seal_holds, sealed
from dualcos.messages.pos_messages import answer_mti
from dualcos.messages.switch_answers import switch_answer, switch_refusal
from dualcos.messages.switch_envelope import SwitchFrame, rejection, switch_frame
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_messages import SwitchMessage, switch_message
from dualcos.messages.switch_requests import FORMAT_ERROR, UnfitForSwitch, issuer_request
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac

UNREAD = "00030"
"""The reject code of what cannot be read: inferred, none was seen but that it is not 00000."""
_MAC, _NO_SUCH_MESSAGE, _MAC_WRONG = LineMac.CBC_TEXT, "12", "A0"


class SwitchMemberEnd:
    """``mac``: the key of messages between the switch and this member; ``report`` is told what was wrong with one.
    Any thread may ask if the issuer takes that.
    """

    def __init__(
        self, issuer: AuthorisingIssuer, mac: KeyHandle, report: Callable[[str], None] = lambda _: None
    ) -> None:
        self._issuer = issuer
        self._mac = mac
        self._report = report
        self._codec = Iso8583Codec(SWITCH_DIALECT)

    def answer(self, payload: bytes) -> bytes:
        """The frame that goes back, empty for none. Raises whatever the issuer does: then nobody knows."""
        try:
            frame = switch_frame(payload)
        except UnreadableIso8583 as error:
            self._report(f"switch: {error}")
            return b""
        if frame.rejected is not None:
            self._report("switch: a message came back rejected that nobody here has sent")
            return b""
        try:
            message = self._codec.message(frame.body)
        except UnreadableIso8583 as error:
            self._report(f"switch: {error}")
            return _rejected(frame)
        if answer_mti(message.mti) == message.mti:
            self._report(f"switch: {message.mti} is no request")
            return b""
        return frame.header.back().around(self._answered(message, frame.body))

    def _answered(self, message: AcquirerMessage, body: bytes) -> bytes:
        row = switch_message(message)
        if row is None:
            self._report(f"switch: {message.mti}: no message with this field 3, 25 and 70")
            return self._codec.body(switch_refusal(message, _NO_SUCH_MESSAGE))
        answer = switch_answer(message, row, self._answer(message, row, body))
        return sealed(self._codec, answer, self._mac, _MAC) if row.sealed else self._codec.body(answer)

    def _answer(self, message: AcquirerMessage, row: SwitchMessage, body: bytes) -> AuthorisationAnswer:
        if wrong := row.wrong_fields(message):
            return self._refused(row, FORMAT_ERROR, wrong)
        if row.sealed and not seal_holds(self._codec, body, self._mac, _MAC):
            return self._refused(row, _MAC_WRONG, "the MAC is wrong")
        try:
            request = issuer_request(message, row)
        except UnfitForSwitch as unfit:
            return self._refused(row, unfit.code, str(unfit))
        return self._issuer.answer(request)

    def _refused(self, row: SwitchMessage, code: str, words: str) -> AuthorisationAnswer:
        self._report(f"switch: {row.name}: {words}")
        return AuthorisationAnswer(code=code)


def _rejected(frame: SwitchFrame) -> bytes:
    try:
        return rejection(frame, UNREAD)
    except UnwritableIso8583:  # with another header in front it is too long
        return b""
