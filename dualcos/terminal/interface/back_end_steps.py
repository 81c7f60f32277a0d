"""The variant of libraries that ask the back end themselves: between two steps, or for a whole function in one call.

``…_HSM_Step1To2`` and ``…_Step2To3`` make of what one step gave the pKey of the next. ``iComm…`` tries the PSAM, and
goes all steps with the HSM where that does not serve (SC §10.5, appendix C). The names are makers'; their parameters
for a back end's address are left out, as it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dualcos.messages.social_services import (
    Answer,
    CommandAsked,
    CommandSecured,
    IdentificationAsked,
    Identified,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    Request,
    SocialBackEnd,
)
from dualcos.terminal.interface.caller_buffers import CallerText, CharBuffer
from dualcos.terminal.interface.function_inputs import fields, hex_bytes, text_of, time_bytes
from dualcos.terminal.interface.national_functions import FUNCTIONS
from dualcos.terminal.interface.return_codes import SUCCESS
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.interface.step_pairs import hexed
from dualcos.terminal.social.card_at_terminal import LONGEST_PIN
from dualcos.terminal.social.hsm_path import NO_TERMINAL, AskedBackEnd, said_of, unfit_answer
from dualcos.terminal.social.security_path import HSM_AFTER
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_LONGEST = 1024
_KEY_ROOM = 256
Numbers = dict[str, Any]


class BackEndSteps:
    """``driver`` with a back end. ``running`` gives the number of each request, a new one each time."""

    def __init__(self, driver: SSCardDriver, back_end: SocialBackEnd, running: Callable[[], int]) -> None:
        self._driver, self._back_end, self._running = driver, back_end, running

    # --- between two steps ---

    def iReadCardBas_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """PKey of iReadCardBas_HSM_Step2 from what the first step gave."""
        del iType
        return self._between(pSrc, pAuth, self._identified)

    def iReadCard_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """Of the key that reads."""
        del iType
        return self._between(pSrc, pAuth, self._proved)

    def iWriteCard_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """Of the key that updates."""
        del iType
        return self._between(pSrc, pAuth, self._proved)

    def iReloadPIN_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """Of PUK."""
        del iType
        return self._between(pSrc, pAuth, self._proved)

    def iReloadPIN_HSM_Step2To3(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """The command with the new PIN, secured."""
        del iType
        return self._between(pSrc, pAuth, self._secured)

    def iUnblockPIN_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """Of PUK."""
        del iType
        return self._between(pSrc, pAuth, self._proved)

    def iUnblockPIN_HSM_Step2To3(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """The command, secured."""
        del iType
        return self._between(pSrc, pAuth, self._secured)

    def iDoDebit_HSM_Step1To2(self, iType: int, pSrc: CallerText, pAuth: CharBuffer) -> int:
        """MAC1 with the back end's counter of the terminal."""
        del iType
        return self._between(pSrc, pAuth, self._purchase)

    # --- whole functions ---

    def iCommReadCardBas(self, iType: int, pOutInfo: CharBuffer) -> int:
        """IReadCardBas by whichever way serves."""
        code = self._driver.iReadCardBas(iType, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iReadCardBas", (iType,), (self._identified,), pOutInfo)

    def iCommReadCard(
        self, iType: int, iAuthType: int, pCardInfo: CallerText, pFileAddr: CallerText, pOutInfo: CharBuffer
    ) -> int:
        """IReadCard likewise: with an HSM one file only."""
        code = self._driver.iReadCard(iType, iAuthType, pCardInfo, pFileAddr, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iReadCard", (iType, pCardInfo, pFileAddr), (self._proved,), pOutInfo)

    def iCommWriteCard(
        self,
        iType: int,
        pCardInfo: CallerText,
        pFileAddr: CallerText,
        pWriteData: CallerText,
        pOutInfo: CharBuffer,
    ) -> int:
        """IWriteCard likewise: with an HSM one file only."""
        code = self._driver.iWriteCard(iType, pCardInfo, pFileAddr, pWriteData, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iWriteCard", (iType, pCardInfo, pFileAddr), (self._proved,), pOutInfo, pWriteData)

    def iCommReloadPIN(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """IReloadPIN likewise; the new PIN stays between pad, HSM and card."""
        code = self._driver.iReloadPIN(iType, pCardInfo, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iReloadPIN", (iType, pCardInfo), (self._proved, self._secured), pOutInfo)

    def iCommUnblockPIN(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """IUnblockPIN likewise."""
        code = self._driver.iUnblockPIN(iType, pCardInfo, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iUnblockPIN", (iType, pCardInfo), (self._proved, self._secured), pOutInfo)

    def iCommDoDebit(self, iType: int, pCardInfo: CallerText, pPayInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """IDoDebit likewise; with an HSM MAC2 stands in front of the eight fields."""
        code = self._driver.iDoDebit(iType, pCardInfo, pPayInfo, pOutInfo)
        if code not in HSM_AFTER:
            return code
        return self._steps("iDoDebit", (iType, pCardInfo, pPayInfo), (self._purchase,), pOutInfo)

    # --- what they have in common ---

    def _steps(
        self,
        function: str,
        first: tuple[int | CallerText, ...],
        between: tuple[Callable[[str], str], ...],
        out: CharBuffer,
        data: CallerText | None = None,
    ) -> int:
        said = CharBuffer(FUNCTIONS[f"{function}_HSM_Step1"].out)
        code = self._step(f"{function}_HSM_Step1", *first, said)
        for number, ask in enumerate(between, start=2):
            if code != SUCCESS:
                break
            key = CharBuffer(_KEY_ROOM)
            code = self._between(said, key, ask)
            if code != SUCCESS:
                said = key
                self._driver.close()
                break
            last = number > len(between)
            said = out if last else CharBuffer(_LONGEST)
            code = self._step(f"{function}_HSM_Step{number}", key, *(() if data is None else (data,)), said)
        if said is not out:
            out.put_cut(text_of(said, "gb18030", said.size), self._driver.settings.charset)
        return code

    def _step(self, name: str, *arguments: int | CallerText) -> int:
        code: int = getattr(self._driver, name)(*arguments)
        return code

    def _between(self, given: CallerText, out: CharBuffer, ask: Callable[[str], str]) -> int:
        charset = self._driver.settings.charset
        try:
            text = ask(text_of(given, charset, _LONGEST))
            if not out.put(text.encode("ascii")):
                raise TerminalStopped(StopCause.LENGTH, detail=("输出缓冲区太小", "the caller's memory is too small"))
        except TerminalStopped as stopped:
            out.put_cut(stopped.zh, charset)
            return stopped.code
        return SUCCESS

    def _ask(self, make: Callable[[Numbers], Request], terminal: bytes = NO_TERMINAL) -> Answer:
        pair = self._driver.pair
        if pair is None:
            raise TerminalStopped(StopCause.NOT_OPEN)
        asked = AskedBackEnd(self._back_end, self._running, terminal)
        return asked.ask(make({**asked.numbers(), "card": said_of(pair.at.environment)}))

    def _identified(self, text: str) -> str:
        parts = text.split("|")
        _, _, _, _, factor, original, external_factor, external_original = fields("|".join([*parts[:8], ""]), 8)
        answer = self._ask(
            lambda numbers: IdentificationAsked(
                **numbers,
                internal_factor=_hex8(factor),
                internal_original=_hex8(original),
                external_factor=_hex8(external_factor, or_none=True),
                external_original=_hex8(external_original, or_none=True),
            )
        )
        if not isinstance(answer, Identified):
            raise unfit_answer()
        external = answer.external_data + answer.external_original
        return f"{answer.internal_data}{answer.internal_original}|{external}|"

    def _proved(self, text: str) -> str:
        _, address, factor, original = fields(text, 4)
        answer = self._ask(
            lambda numbers: ProofAsked(
                **numbers, key=hexed(hex_bytes(address, 2)), factor=_hex8(factor), original=_hex8(original)
            )
        )
        if not isinstance(answer, Proved):
            raise unfit_answer()
        return f"{answer.data}{answer.original}"

    def _secured(self, text: str) -> str:
        _, address, factor, header, pin = fields(text, 5)
        if pin.strip("0123456789"):
            raise TerminalStopped(StopCause.CHARACTER, detail=("密码", "PIN"))
        if len(pin) > LONGEST_PIN:
            raise TerminalStopped(StopCause.PIN_LENGTH)
        answer = self._ask(
            lambda numbers: CommandAsked(
                **numbers,
                key=hexed(hex_bytes(address, 2)),
                factor=_hex8(factor),
                header=hexed(hex_bytes(header, 5)),
                pin=pin,
            )
        )
        if not isinstance(answer, CommandSecured):
            raise unfit_answer()
        return answer.command

    def _purchase(self, text: str) -> str:
        _, address, random, sequence, amounts, kind, terminal, time = fields(text, 8)
        sums = hex_bytes(amounts, 8)
        answer = self._ask(
            lambda numbers: PurchaseMacAsked(
                **numbers,
                key=hexed(hex_bytes(address, 2)),
                random=hexed(hex_bytes(random, 4)),
                sequence=hexed(hex_bytes(sequence, 2)),
                self_paid=int.from_bytes(sums[:4], "big"),
                pooled=int.from_bytes(sums[4:], "big"),
                kind=hexed(hex_bytes(kind, 1)),
                time=time_bytes(time).hex(),
            ),
            hex_bytes(terminal, 6),
        )
        if not isinstance(answer, PurchaseMac):
            raise unfit_answer()
        return f"{answer.terminal_sequence}|{answer.time}|{answer.mac1}|"


def _hex8(text: str, *, or_none: bool = False) -> str:
    return hexed(hex_bytes(text, 8, *((0,) if or_none else ())))
