"""SSCardDriver: the 23 functions that hospital and counter programs call (SC §1 to §9), on a reader's SSSE32.

Each opens the reader, gives power, works, takes power away and closes, except the first step of a pair with an HSM,
which leaves the card powered for the next. Any other function in between ends the pair, and so does a step that fails.
Whatever a C program can give, nothing raises: what is wrong is a return code, and pOutInfo says why. What a PIN pad
raises beside what its protocol names goes through; the reader is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from dualcos.terminal.interface import debit_functions, file_functions, identification_functions, pin_functions
from dualcos.terminal.interface.caller_buffers import CallerText, CharBuffer
from dualcos.terminal.interface.card_device import CardDevice
from dualcos.terminal.interface.file_addresses import file_addresses, first_file
from dualcos.terminal.interface.file_functions import FilesAsked, WriteGiven
from dualcos.terminal.interface.function_inputs import (
    CardInfo,
    PayInfo,
    ProofGiven,
    card_info,
    identification_key,
    pay_info,
    purchase_key,
    step_key,
    text_of,
)
from dualcos.terminal.interface.interface_settings import STANDARD, InterfaceSettings
from dualcos.terminal.interface.national_functions import (
    CARD_INFO,
    FILE_ADDRESS,
    FUNCTIONS,
    PAY_INFO,
    WRITE_DATA,
    Parameter,
)
from dualcos.terminal.interface.pin_functions import CommandGiven
from dualcos.terminal.interface.reader_library import CardReaderLibrary
from dualcos.terminal.interface.return_codes import SUCCESS, code_of, text_of_stop
from dualcos.terminal.interface.step_pairs import Outcome, StepPair
from dualcos.terminal.interface.text_charset import encoded_somehow
from dualcos.terminal.social.card_environment import carried_out
from dualcos.terminal.social.security_path import PurchaseBegun
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

T = TypeVar("T")
_MORE_BARS = 3
"""Bars that callers put behind a key, beyond its length."""


class SSCardDriver:
    """``library``: the reader's SSSE32; None stands for one that cannot be loaded. ``pin_pad``: where PINs come from.

    Every function returns 0 or a code of ``return_codes``; its last parameter is the caller's memory for the text.
    One thread at a time.
    """

    def __init__(
        self, library: CardReaderLibrary | None, pin_pad: PinPad, settings: InterfaceSettings = STANDARD
    ) -> None:
        self._library, self._pad, self.settings = library, pin_pad, settings
        self._device: CardDevice | None = None
        self._pair: StepPair | None = None

    @property
    def pair(self) -> StepPair | None:
        """What a first or second step has left open."""
        return self._pair

    def close(self) -> None:
        """As unloading the library does: a pair that is open ends, the card has no power."""
        self._pair = None
        device, self._device = self._device, None
        if device is not None:
            device.close()

    # --- 读基本信息 ---

    def iReadCardBas(self, iType: int, pOutInfo: CharBuffer) -> int:
        """The eleven fields, by PSAM."""
        return self._alone(
            pOutInfo, iType, _nothing, lambda device, _: identification_functions.through_psam(device, *self._ways)
        )

    def iReadCardBas_HSM_Step1(self, iType: int, pOutInfo: CharBuffer) -> int:
        """Eight fields for the HSM; the last two are empty below 3.0."""
        return self._alone(
            pOutInfo, iType, _nothing, lambda device, _: identification_functions.first_step(device, *self._ways)
        )

    def iReadCardBas_HSM_Step2(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """As iReadCardBas, with the HSM's ``internal|external|``."""
        strict = self.settings.strict_bars
        return self._next(
            pOutInfo,
            (identification_functions.BASIC, 2),
            lambda: identification_key(self._key("iReadCardBas_HSM_Step2", pKey), strict=strict),
        )

    # --- 通用读卡 ---

    def iReadCard(
        self, iType: int, iAuthType: int, pCardInfo: CallerText, pFileAddr: CallerText, pOutInfo: CharBuffer
    ) -> int:
        """The values asked for, in the shape of pFileAddr."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._files(pCardInfo, pFileAddr),
            lambda device, given: file_functions.read_files(device, self._pad, given, iAuthType),
        )

    def iReadCard_HSM_Step1(
        self, iType: int, pCardInfo: CallerText, pFileAddr: CallerText, pOutInfo: CharBuffer
    ) -> int:
        """``algorithm|key address|factor|original|`` for the first file."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._first_file(pCardInfo, pFileAddr),
            lambda device, given: file_functions.begin_reading(device, self._pad, given),
        )

    def iReadCard_HSM_Step2(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """The values, once the HSM's data have been taken."""
        return self._next(
            pOutInfo,
            (file_functions.READ, 2),
            lambda: self._proof("iReadCard_HSM_Step2", pKey),
        )

    # --- 通用写卡 ---

    def iWriteCard(
        self,
        iType: int,
        pCardInfo: CallerText,
        pFileAddr: CallerText,
        pWriteData: CallerText,
        pOutInfo: CharBuffer,
    ) -> int:
        """Write all values, by PSAM."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: (self._files(pCardInfo, pFileAddr), self._data(pWriteData)),
            lambda device, given: file_functions.write_files(device, self._pad, *given, self.settings.charset),
        )

    def iWriteCard_HSM_Step1(
        self, iType: int, pCardInfo: CallerText, pFileAddr: CallerText, pOutInfo: CharBuffer
    ) -> int:
        """As iReadCard_HSM_Step1, for the key that updates."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._first_file(pCardInfo, pFileAddr),
            lambda device, given: file_functions.begin_writing(device, self._pad, given, self.settings.charset),
        )

    def iWriteCard_HSM_Step2(self, pKey: CallerText, pWriteData: CallerText, pOutInfo: CharBuffer) -> int:
        """Write the first file's values."""
        return self._next(
            pOutInfo,
            (file_functions.WRITE, 2),
            lambda: WriteGiven(self._proof("iWriteCard_HSM_Step2", pKey), first_file(self._data(pWriteData))),
        )

    # --- PIN ---

    def iVerifyPIN(self, iType: int, pOutInfo: CharBuffer) -> int:
        """The pad asks once; a wrong PIN ends it with what is left in the text."""
        return self._alone(pOutInfo, iType, _nothing, lambda device, _: pin_functions.verify(device, self._pad))

    def iChangePIN(self, iType: int, pOutInfo: CharBuffer) -> int:
        """The pad asks for the old, the new, the new again."""
        return self._alone(pOutInfo, iType, _nothing, lambda device, _: pin_functions.change(device, self._pad))

    def iReloadPIN(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """A new PIN in place of whatever it was, by PSAM."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._card(pCardInfo),
            lambda device, info: pin_functions.reload(device, self._pad, info),
        )

    def iReloadPIN_HSM_Step1(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """``algorithm|key address|factor|original|`` for PUK."""
        return self._pin_step1(pin_functions.RELOAD, iType, pCardInfo, pOutInfo)

    def iReloadPIN_HSM_Step2(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """``algorithm|key address|factor|header|new PIN|``: the only text of the interface that has a PIN in it."""
        return self._pin_step2(pin_functions.RELOAD, pKey, pOutInfo)

    def iReloadPIN_HSM_Step3(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """The HSM's command to the card."""
        return self._pin_step3(pin_functions.RELOAD, pKey, pOutInfo, header_may_lack=self.settings.header_may_lack)

    def iUnblockPIN(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """All tries again, by PSAM."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._card(pCardInfo),
            lambda device, info: pin_functions.unblock(device, self._pad, info),
        )

    def iUnblockPIN_HSM_Step1(self, iType: int, pCardInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """As iReloadPIN_HSM_Step1."""
        return self._pin_step1(pin_functions.UNBLOCK, iType, pCardInfo, pOutInfo)

    def iUnblockPIN_HSM_Step2(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """As iReloadPIN_HSM_Step2, its last field empty."""
        return self._pin_step2(pin_functions.UNBLOCK, pKey, pOutInfo)

    def iUnblockPIN_HSM_Step3(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """The HSM's command to the card."""
        return self._pin_step3(pin_functions.UNBLOCK, pKey, pOutInfo, header_may_lack=False)

    iUnlockPIN = iUnblockPIN  # as SC appendix C writes them
    iUnlockPIN_HSM_Step1 = iUnblockPIN_HSM_Step1
    iUnlockPIN_HSM_Step2 = iUnblockPIN_HSM_Step2
    iUnlockPIN_HSM_Step3 = iUnblockPIN_HSM_Step3

    # --- 消费交易 ---

    def iDoDebit(self, iType: int, pCardInfo: CallerText, pPayInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """One settlement, by PSAM: eight fields with its TAC."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._purchase(pCardInfo, pPayInfo, pOutInfo),
            lambda device, given: debit_functions.settle(device, self._pad, *given),
        )

    def iDoDebit_HSM_Step1(self, iType: int, pCardInfo: CallerText, pPayInfo: CallerText, pOutInfo: CharBuffer) -> int:
        """What MAC1 is made of, eight fields."""
        return self._alone(
            pOutInfo,
            iType,
            lambda: self._purchase(pCardInfo, pPayInfo, pOutInfo),
            lambda device, given: debit_functions.first_step(device, self._pad, *given),
        )

    def iDoDebit_HSM_Step2(self, pKey: CallerText, pOutInfo: CharBuffer) -> int:
        """MAC2, and the eight fields of iDoDebit."""

        def given() -> PurchaseBegun:
            _demand_room(pOutInfo, debit_functions.LONGEST)
            return purchase_key(self._key("iDoDebit_HSM_Step2", pKey), strict=self.settings.strict_bars)

        return self._next(pOutInfo, (debit_functions.DEBIT, 2), given)

    def iReadDebitRecord(self, iType: int, pOutInfo: CharBuffer) -> int:
        """The card's settlements: ``sequence^terminal^time^total^account and pooled^|`` each."""
        return self._alone(pOutInfo, iType, _nothing, lambda device, _: debit_functions.records(device, self._pad))

    iReadDebit = iReadDebitRecord  # as SC's list of functions has it

    # --- certificates: of LD/T 6001.5-2023 only the contents list was at hand, too little to build them ---

    def PKI_SignData(self, pUserPin: CallerText, pInData: CallerText, iType: int, pOutInfo: CharBuffer) -> int:
        """-13."""
        del pUserPin, pInData, iType
        return self._run(pOutInfo, lambda: _no_certificates("PKI_SignData"))

    def PKI_VerifySign(
        self,
        pUserPin: CallerText,
        pCert: CallerText,
        pClearText: CallerText,
        pSignature: CallerText,
        iType: int,
        pOutInfo: CharBuffer,
    ) -> int:
        """-13."""
        del pUserPin, pCert, pClearText, pSignature, iType
        return self._run(pOutInfo, lambda: _no_certificates("PKI_VerifySign"))

    # --- what they have in common ---

    def _pin_step1(self, function: str, iType: int, pCardInfo: CallerText, out: CharBuffer) -> int:
        return self._alone(
            out,
            iType,
            lambda: self._card(pCardInfo),
            lambda device, info: pin_functions.first_step(function, device, self._pad, info),
        )

    def _pin_step2(self, function: str, pKey: CallerText, out: CharBuffer) -> int:
        def given() -> ProofGiven:
            if function == pin_functions.RELOAD:
                _demand_room(out, pin_functions.LONGEST)
            return self._proof(f"{function}_HSM_Step2", pKey)

        return self._next(out, (function, 2), given)

    def _pin_step3(self, function: str, pKey: CallerText, out: CharBuffer, *, header_may_lack: bool) -> int:
        name = f"{function}_HSM_Step3"
        return self._next(out, (function, 3), lambda: CommandGiven(self._key(name, pKey), header_may_lack))

    @property
    def _ways(self) -> tuple[PinPad, InterfaceSettings]:
        return self._pad, self.settings

    def _alone(
        self, out: CharBuffer, iType: int, inputs: Callable[[], T], work: Callable[[CardDevice, T], Outcome]
    ) -> int:
        """A function that begins with an open reader."""
        self.close()

        def act() -> Outcome:
            given = inputs()
            self._device = CardDevice.opened(self._library, iType, self.settings)
            return work(self._device, given)

        return self._run(out, act)

    def _next(self, out: CharBuffer, expected: tuple[str, int], inputs: Callable[[], object]) -> int:
        """A step behind another: -12 where that other did not come just before."""
        pair = self._pair

        def act() -> Outcome:
            given = inputs()
            if pair is None or (pair.function, pair.step) != expected:
                said = "未执行前一步骤", "the step before it has not been done"
                raise TerminalStopped(StopCause.NOT_OPEN, detail=said)
            return pair.go_on(given)

        return self._run(out, act)

    def _run(self, out: CharBuffer, act: Callable[[], Outcome]) -> int:
        self._pair, kept = None, None
        try:
            _demand_room(out, 1)
            done = carried_out(act)
            raw = encoded_somehow(done.text, self.settings.charset)
            _demand_room(out, len(raw) + 1)
            out.put(raw)
            kept = done.pair
        except TerminalStopped as stopped:
            out.put_cut(text_of_stop(stopped), self.settings.charset)
            return code_of(stopped)
        finally:
            if kept is None:
                self.close()
            self._pair = kept
        return SUCCESS

    # --- what they are given ---

    def _text(self, given: CallerText, parameter: Parameter) -> str:
        return text_of(given, self.settings.charset, parameter.length)

    def _key(self, function: str, given: CallerText) -> str:
        longest = FUNCTIONS[function].parameters[0].length
        return text_of(given, self.settings.charset, longest + (0 if self.settings.strict_bars else _MORE_BARS))

    def _proof(self, function: str, given: CallerText) -> ProofGiven:
        return step_key(self._key(function, given), strict=self.settings.strict_bars)

    def _card(self, given: CallerText) -> CardInfo:
        return card_info(self._text(given, CARD_INFO))

    def _files(self, card: CallerText, files: CallerText) -> FilesAsked:
        return FilesAsked(self._card(card), file_addresses(self._text(files, FILE_ADDRESS)))

    def _first_file(self, card: CallerText, files: CallerText) -> FilesAsked:
        return FilesAsked(self._card(card), file_addresses(first_file(self._text(files, FILE_ADDRESS))))

    def _data(self, given: CallerText) -> str:
        return self._text(given, WRITE_DATA)

    def _purchase(self, card: CallerText, pay: CallerText, out: CharBuffer) -> tuple[CardInfo, PayInfo]:
        _demand_room(out, debit_functions.LONGEST)
        return self._card(card), pay_info(self._text(pay, PAY_INFO))


def _nothing() -> None:
    """A function without text parameters."""


def _demand_room(out: CharBuffer, size: int) -> None:
    """-42 if the caller's memory cannot take so many bytes: what is told last is looked at before anything is done."""
    if out.size < size:
        raise TerminalStopped(StopCause.LENGTH, detail=("输出缓冲区太小", "the caller's memory is too small"))


def _no_certificates(function: str) -> NoReturn:
    zh = f"{function}：本库不含证书功能（LD/T 6001.5-2023正文未得）"
    en = f"{function}: this library has no certificate functions, as only the titles of LD/T 6001.5-2023 were at hand"
    raise TerminalStopped(StopCause.UNSUPPORTED, detail=(zh, en))
