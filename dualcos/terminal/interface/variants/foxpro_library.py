"""SSSE32 as FoxPro programs call it: every function answers a string, two characters of status in front (SSC-8 A2)."""

from __future__ import annotations

from dualcos.terminal.interface.reader_library import (
    INFORMATION_LENGTH,
    LONGEST_ANSWER,
    LONGEST_ATR,
    CardReaderLibrary,
    IfdCode,
)


class FoxProLibrary:
    """The seven functions over a ``CardReaderLibrary``. Lengths and bytes are hex in capitals."""

    def __init__(self, library: CardReaderLibrary) -> None:
        self._library = library

    def ICCR_Open(self, dev_Name: str) -> str:
        """打开设备; behind 00 two characters of handle. FoxPro knows no USB ports."""
        if dev_Name.startswith("USB"):
            return _status(IfdCode.PARAMETER)
        handle = self._library.ICC_Reader_Open(dev_Name)
        return _status(handle) + (f"{handle:02X}" if handle >= 0 else "")

    def ICCR_Close(self, R_Handle: str) -> str:
        """关闭设备."""
        return _status(self._library.ICC_Reader_Close(_handle(R_Handle)))

    def ICCR_Pon(self, R_Handle: str, ICCSlotNo: int) -> str:
        """卡上电; behind 00 two characters of length, then the ATR."""
        memory = bytearray(LONGEST_ATR)
        return _answered(self._library.ICC_Reader_PowerOn(_handle(R_Handle), ICCSlotNo, memory), memory, 2)

    def ICCR_Poff(self, R_Handle: str, ICCSlotNo: int) -> str:
        """卡下电."""
        return _status(self._library.ICC_Reader_PowerOff(_handle(R_Handle), ICCSlotNo))

    def ICCR_GetS(self, R_Handle: str, ICCSlotNo: int) -> str:
        """获取卡片状态."""
        return _status(self._library.ICC_Reader_GetStatus(_handle(R_Handle), ICCSlotNo))

    def ICCR_App(self, R_Handle: str, ICCSlotNo: int, ComAPDU: str) -> str:
        """应用命令; behind 00 four characters of length, then data and status word."""
        try:
            command = bytes.fromhex(ComAPDU)
        except ValueError:
            return _status(IfdCode.PARAMETER)
        memory = bytearray(LONGEST_ANSWER)
        handle, length = _handle(R_Handle), len(command)
        code = self._library.ICC_Reader_Application(handle, ICCSlotNo, length, command, memory)
        return _answered(code, memory, 4)

    def ICCR_Linfo(self) -> str:
        """取信息; behind 00 the 32 characters."""
        memory = bytearray(INFORMATION_LENGTH)
        code = self._library.ICC_Reader_Libinfo(memory)
        return _status(code) + ("" if code < 0 else "".join(map(chr, memory)))


def _status(code: int) -> str:
    return f"{max(-code, 0):02d}"


def _answered(length: int, memory: bytearray, digits: int) -> str:
    return _status(length) + ("" if length < 0 else f"{length:0{digits}X}{memory[:length].hex().upper()}")


def _handle(text: str) -> int:
    """-1, which no handle is, for what is none."""
    try:
        return int(text, 16)
    except ValueError:
        return -1
