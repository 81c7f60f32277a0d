"""The 23 functions as a table (SC §1 to §9): parameters in order, their lengths, and what a caller has for the text.

``call`` calls one by name with arguments in text, for command lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.text_charset import decoded

INTEGER = 4
_BASIC, _LARGE, _SMALL, _RECORDS = 1024, 20 * 1024, 512, 2048


class Parameter(NamedTuple):
    """``length`` as the standard gives it: 4 is an integer, anything else a text of so many bytes at most."""

    name: str
    length: int


class NationalFunction(NamedTuple):
    """``out``: bytes of pOutInfo."""

    name: str
    zh: str
    parameters: tuple[Parameter, ...]
    out: int
    ref: str


_TYPE, _AUTH = Parameter("iType", INTEGER), Parameter("iAuthType", INTEGER)
CARD_INFO, FILE_ADDRESS = Parameter("pCardInfo", 128), Parameter("pFileAddr", 1024)
WRITE_DATA, PAY_INFO = Parameter("pWriteData", _LARGE), Parameter("pPayInfo", 512)
_KEY = Parameter("pKey", 32)
_KEY_OF_FIELDS = Parameter("pKey", 128)
_F = NationalFunction

FUNCTIONS: Mapping[str, NationalFunction] = MappingProxyType(
    {
        each.name: each
        for each in (
            _F("iReadCardBas", "读基本信息", (_TYPE,), _BASIC, "SC §1.1"),
            _F("iReadCardBas_HSM_Step1", "基于加密机的读基本信息（步骤一）", (_TYPE,), _BASIC, "SC §1.2"),
            _F("iReadCardBas_HSM_Step2", "基于加密机的读基本信息（步骤二）", (_KEY_OF_FIELDS,), _BASIC, "SC §1.3"),
            _F("iReadCard", "通用读卡", (_TYPE, _AUTH, CARD_INFO, FILE_ADDRESS), _LARGE, "SC §2.1"),
            _F(
                "iReadCard_HSM_Step1",
                "基于加密机的通用读卡（步骤一）",
                (_TYPE, CARD_INFO, FILE_ADDRESS),
                _BASIC,
                "SC §2.2",
            ),
            _F("iReadCard_HSM_Step2", "基于加密机的通用读卡（步骤二）", (_KEY,), _LARGE, "SC §2.3"),
            _F("iWriteCard", "通用写卡", (_TYPE, CARD_INFO, FILE_ADDRESS, WRITE_DATA), _BASIC, "SC §3.1"),
            _F(
                "iWriteCard_HSM_Step1",
                "基于加密机的通用写卡（步骤一）",
                (_TYPE, CARD_INFO, FILE_ADDRESS),
                _BASIC,
                "SC §3.2",
            ),
            _F("iWriteCard_HSM_Step2", "基于加密机的通用写卡（步骤二）", (_KEY, WRITE_DATA), _BASIC, "SC §3.3"),
            _F("iVerifyPIN", "PIN 校验", (_TYPE,), _SMALL, "SC §4.1"),
            _F("iChangePIN", "PIN 修改", (_TYPE,), _SMALL, "SC §5.1"),
            _F("iReloadPIN", "PIN 重置", (_TYPE, CARD_INFO), _SMALL, "SC §6.1"),
            _F("iReloadPIN_HSM_Step1", "基于加密机的 PIN 重置（步骤一）", (_TYPE, CARD_INFO), _SMALL, "SC §6.2"),
            _F("iReloadPIN_HSM_Step2", "基于加密机的 PIN 重置（步骤二）", (_KEY,), _BASIC, "SC §6.3"),
            _F(
                "iReloadPIN_HSM_Step3",
                "基于加密机的 PIN 重置（步骤三）",
                (Parameter("pKey", 50),),
                _BASIC,
                "SC §6.4",
            ),
            _F("iUnblockPIN", "PIN 解锁", (_TYPE, CARD_INFO), _SMALL, "SC §7.1"),
            _F("iUnblockPIN_HSM_Step1", "基于加密机的 PIN 解锁（步骤一）", (_TYPE, CARD_INFO), _SMALL, "SC §7.2"),
            _F("iUnblockPIN_HSM_Step2", "基于加密机的 PIN 解锁（步骤二）", (_KEY,), _BASIC, "SC §7.3"),
            _F(
                "iUnblockPIN_HSM_Step3",
                "基于加密机的 PIN 解锁（步骤三）",
                (Parameter("pKey", 18),),
                _BASIC,
                "SC §7.4",
            ),
            _F("iDoDebit", "消费交易", (_TYPE, CARD_INFO, PAY_INFO), _SMALL, "SC §8.1"),
            _F("iDoDebit_HSM_Step1", "基于加密机的消费交易（步骤一）", (_TYPE, CARD_INFO, PAY_INFO), _SMALL, "SC §8.2"),
            _F("iDoDebit_HSM_Step2", "基于加密机的消费交易（步骤二）", (_KEY_OF_FIELDS,), _BASIC, "SC §8.3"),
            _F("iReadDebitRecord", "读消费交易记录", (_TYPE,), _RECORDS, "SC §9.1"),
        )
    }
)


class CallError(ValueError):
    """There is no such function, or these are not its arguments; the text says what is wanted."""


class Called(NamedTuple):
    """What a function returned, and its text."""

    code: int
    text: str


def call(driver: object, name: str, arguments: Sequence[str]) -> Called:
    """The function ``name`` of a ``driver`` with ``arguments`` in its order, without pOutInfo.

    Raises CallError.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        raise CallError(f"there is no function {name!r}; there are: {', '.join(FUNCTIONS)}")
    wanted = function.parameters
    if len(arguments) != len(wanted):
        raise CallError(f"{name} takes {len(wanted)} arguments: {', '.join(each.name for each in wanted)}")
    out = CharBuffer(function.out)
    code = getattr(driver, name)(*map(_argument, wanted, arguments), out)
    return Called(code, _text_in(out))


def _text_in(out: CharBuffer) -> str:
    return decoded(out.text)


def _argument(parameter: Parameter, given: str) -> int | str:
    if parameter.length != INTEGER:
        return given
    try:
        return int(given)
    except ValueError:
        raise CallError(f"{parameter.name} is a number, not {given!r}") from None
