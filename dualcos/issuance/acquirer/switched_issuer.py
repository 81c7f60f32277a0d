"""The acquirer's end of the line to a switch (转接): an issuer behind it, asked in the switch's dialect.

Not here: the sign-on of members, delivery of keys and the switch's own cut-over. A question without an answer that can
be believed is left to the terminal, which reverses it.
"""

from __future__ import annotations

from collections.abc import Callable

from dualcos.messages.acquirer_messages import AcquirerLine, AcquirerMessage, NoLineAnswer
from dualcos.messages.authorisation import AuthorisationAnswer, IssuerRequest
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583, UnwritableIso8583
from dualcos.messages.pos_envelope import seal_holds, sealed
from dualcos.messages.switch_answers import StrangeSwitchAnswer, answers_on_switch, issuer_answer
from dualcos.messages.switch_envelope import SwitchFrame, SwitchHeader, switch_frame
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_messages import switch_message
from dualcos.messages.switch_requests import FORMAT_ERROR, UnfitForSwitch, switch_request
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac

_MAC = LineMac.CBC_TEXT


class SwitchedIssuer:
    """An ``AuthorisingIssuer``. ``mac``: the key of messages between this member and the switch; ``receiver``: the
    institution that frames go to. ``watch`` is told of each question and its answer. As many threads may ask as the
    line takes.
    """

    def __init__(
        self,
        line: AcquirerLine,
        mac: KeyHandle,
        receiver: str,
        watch: Callable[[AcquirerMessage, AcquirerMessage], None] = lambda _asked, _answer: None,
    ) -> None:
        self._line = line
        self._mac = mac
        self._receiver = receiver
        self._watch = watch
        self._codec = Iso8583Codec(SWITCH_DIALECT)

    def answer(self, request: IssuerRequest) -> AuthorisationAnswer:
        """The issuer's; 30 for what the dialect has no place for, which is not sent, and for what comes back rejected.

        Raises NoLineAnswer: none came that has the right MAC and can be read.
        """
        try:
            asked = switch_request(request)
            body = self._body(asked)
            payload = SwitchHeader(self._receiver, request.acquirer).around(body)
        except (UnfitForSwitch, UnwritableIso8583):
            return AuthorisationAnswer(code=FORMAT_ERROR)
        frame = switch_frame(self._line.ask(payload, lambda came: self._belongs(came, asked, body)))
        if frame.rejected is not None:
            return AuthorisationAnswer(code=FORMAT_ERROR)
        return self._believed(asked, frame)

    def _body(self, asked: AcquirerMessage) -> bytes:
        if self._codec.dialect.mac_field in asked.fields:
            return sealed(self._codec, asked, self._mac, _MAC)
        return self._codec.body(asked)

    def _belongs(self, payload: bytes, asked: AcquirerMessage, body: bytes) -> bool:
        try:
            frame = switch_frame(payload)
            if frame.rejected is not None:
                return frame.body == body
            return answers_on_switch(asked, self._codec.message(frame.body))
        except UnreadableIso8583:
            return False

    def _believed(self, asked: AcquirerMessage, frame: SwitchFrame) -> AuthorisationAnswer:
        answer, row = self._codec.message(frame.body), switch_message(asked)
        self._watch(asked, answer)
        if row is not None and row.sealed and not seal_holds(self._codec, frame.body, self._mac, _MAC):
            raise NoLineAnswer("the MAC of the switch's answer is wrong")
        try:
            return issuer_answer(answer)
        except StrangeSwitchAnswer as error:
            raise NoLineAnswer(f"the switch's answer: {error}") from None
