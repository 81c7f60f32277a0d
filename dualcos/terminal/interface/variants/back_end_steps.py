"""The variant of libraries that ask the back end themselves: between two steps, or for a whole function in one call.

``…_HSM_Step1To2`` and ``…_Step2To3`` make of what one step gave the pKey of the next. ``iComm…`` tries the PSAM, and
goes all steps with the HSM where that does not serve (SC §10.5, appendix C). The names are makers'; their parameters
for a back end's address are left out, as it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from dualcos.messages.social_services import ReadCard, SocialBackEnd
from dualcos.terminal.interface.caller_buffers import CallerText, CharBuffer
from dualcos.terminal.interface.file_addresses import file_parts
from dualcos.terminal.interface.function_inputs import fields, hex_bytes, text_of, time_bytes
from dualcos.terminal.interface.national_functions import FILE_ADDRESS, FUNCTIONS
from dualcos.terminal.interface.return_codes import SUCCESS, code_of, text_of_stop
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.interface.step_pairs import hexed
from dualcos.terminal.interface.text_charset import decoded
from dualcos.terminal.social.card_at_terminal import LONGEST_PIN
from dualcos.terminal.social.hsm_path import NO_TERMINAL, AskedBackEnd, ProofNumbers, purchase_numbers, said_of
from dualcos.terminal.social.security_path import HSM_AFTER
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.medical_macs import Purchase

_LONGEST = 1024
_KEY_ROOM = 256


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
        """IReadCard likewise. Where the PSAM does not serve, each file is read by itself, a PIN asked for each time."""
        code = self._driver.iReadCard(iType, iAuthType, pCardInfo, pFileAddr, pOutInfo)
        if code not in HSM_AFTER:
            return code
        said = b""
        for each in self._files(pFileAddr):
            out = CharBuffer(pOutInfo.size)
            code = self._driver.iReadCard(iType, iAuthType, pCardInfo, each, out)
            if code in HSM_AFTER:
                code = self._steps("iReadCard", (iType, pCardInfo, each), (self._proved,), out)
            said = said + out.text if code == SUCCESS else out.text
            if code != SUCCESS:
                break
        return self._told(code, said, pOutInfo)

    def iCommWriteCard(
        self,
        iType: int,
        pCardInfo: CallerText,
        pFileAddr: CallerText,
        pWriteData: CallerText,
        pOutInfo: CharBuffer,
    ) -> int:
        """IWriteCard likewise. With an HSM one file only, else -13 and nothing is written: of several one could be
        written and the next not.
        """
        code = self._driver.iWriteCard(iType, pCardInfo, pFileAddr, pWriteData, pOutInfo)
        if code not in HSM_AFTER:
            return code
        if len(self._files(pFileAddr)) > 1:
            said = "加密机方式一次写一个文件", "with an HSM one file is written at a time"
            return self._stopped(TerminalStopped(StopCause.UNSUPPORTED, detail=said), pOutInfo)
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

    def _files(self, given: CallerText) -> list[str]:
        """Addresses that a function of the driver has already taken, one file each."""
        text = text_of(given, self._driver.settings.charset, FILE_ADDRESS.length)
        return ["".join(f"{part}|" for part in parts) + "$" for parts in file_parts(text)]

    def _steps(
        self,
        function: str,
        first: tuple[int | CallerText, ...],
        between: tuple[Callable[[str], str], ...],
        out: CharBuffer,
        data: CallerText | None = None,
    ) -> int:
        """All of them; whatever a back end raises, the card has no power behind them."""
        try:
            return self._all_steps(function, first, between, out, data)
        finally:
            self._driver.close()

    def _all_steps(
        self,
        function: str,
        first: tuple[int | CallerText, ...],
        between: tuple[Callable[[str], str], ...],
        out: CharBuffer,
        data: CallerText | None,
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
                break
            last = number > len(between)
            said = out if last else CharBuffer(_LONGEST)
            code = self._step(f"{function}_HSM_Step{number}", key, *(() if data is None else (data,)), said)
        return code if said is out else self._told(code, said.text, out)

    def _step(self, name: str, *arguments: int | CallerText) -> int:
        code: int = getattr(self._driver, name)(*arguments)
        return code

    def _between(self, given: CallerText, out: CharBuffer, ask: Callable[[str], str]) -> int:
        try:
            text = ask(text_of(given, self._driver.settings.charset, _LONGEST))
        except TerminalStopped as stopped:
            return self._stopped(stopped, out)
        return self._told(SUCCESS, text.encode("ascii"), out)

    def _told(self, code: int, text: bytes, out: CharBuffer) -> int:
        """``code`` with its text: whole if it is a success, else cut."""
        if code != SUCCESS:
            out.put_cut(decoded(text), self._driver.settings.charset)
        elif not out.put(text):
            said = "输出缓冲区太小", "the caller's memory is too small"
            return self._stopped(TerminalStopped(StopCause.LENGTH, detail=said), out)
        return code

    def _stopped(self, stopped: TerminalStopped, out: CharBuffer) -> int:
        out.put_cut(text_of_stop(stopped), self._driver.settings.charset)
        return code_of(stopped)

    # --- what the back end is asked ---

    def _asked(self, terminal: bytes = NO_TERMINAL) -> tuple[AskedBackEnd, ReadCard]:
        pair = self._driver.pair
        if pair is None:
            raise TerminalStopped(StopCause.NOT_OPEN)
        return AskedBackEnd(self._back_end, self._running, terminal), said_of(pair.at.environment)

    def _identified(self, text: str) -> str:
        parts = text.split("|")
        _, _, _, _, *numbers = fields("|".join([*parts[:8], ""]), 8)
        internal = ProofNumbers(*(hex_bytes(each, 8) for each in numbers[:2]))
        external = ProofNumbers(*(hex_bytes(each, 8, 0) for each in numbers[2:]))
        back_end, card = self._asked()
        answer = back_end.identified(card, internal, external)
        return f"{answer.internal_data}{answer.internal_original}|{answer.external_data}{answer.external_original}|"

    def _proved(self, text: str) -> str:
        _, address, factor, original = fields(text, 4)
        key, numbers = hexed(hex_bytes(address, 2)), ProofNumbers(hex_bytes(factor, 8), hex_bytes(original, 8))
        back_end, card = self._asked()
        answer = back_end.proved(card, key, numbers)
        return f"{answer.data}{answer.original}"

    def _secured(self, text: str) -> str:
        _, address, factor, header, pin = fields(text, 5)
        if pin.strip("0123456789"):
            raise TerminalStopped(StopCause.CHARACTER, detail=("密码", "PIN"))
        if len(pin) > LONGEST_PIN:
            raise TerminalStopped(StopCause.PIN_LENGTH)
        key, random, described = hexed(hex_bytes(address, 2)), hex_bytes(factor, 8), hex_bytes(header, 5)
        back_end, card = self._asked()
        return hexed(back_end.command(card, key, random, described, pin))

    def _purchase(self, text: str) -> str:
        _, address, random, sequence, amounts, kind, terminal, time = fields(text, 8)
        sums = hex_bytes(amounts, 8)
        self_paid, pooled = int.from_bytes(sums[:4], "big"), int.from_bytes(sums[4:], "big")
        number = hex_bytes(terminal, 6)
        order = Purchase(0, self_paid, pooled, number, b"", time_bytes(time), hex_bytes(kind, 1)[0])
        key = hexed(hex_bytes(address, 2))
        purchase = purchase_numbers(key, hex_bytes(random, 4), hex_bytes(sequence, 2), order)
        back_end, card = self._asked(number)
        answer = back_end.purchase_mac(card, purchase)
        return f"{answer.terminal_sequence}|{answer.time}|{answer.mac1}|"
