"""Test doubles in the place of a card."""

from __future__ import annotations

import threading

from firewall.hardware.power import PowerLoss

T0_ATR = bytes.fromhex("3B6400006563686F")
T1_ATR = bytes.fromhex("3BE400008131FE456563686FEE")
DUAL_ATR = bytes.fromhex("3B8080011415")  # TD1: T=0, TD2: T=1, TA3; the TCK is not looked at


class DiaryCard:
    """Writes down everything that happens to it; what it does depends on the command's first byte.

    BB: a bug; DD: power is lost; EE: an empty answer; 5A: waits for ``go`` after setting ``busy``; else an echo.
    """

    def __init__(self, atr: bytes = T0_ATR) -> None:
        self._atr = atr
        self.diary: list[str] = []
        self.busy = threading.Event()
        self.go = threading.Event()
        self.broken_start: BaseException | None = None

    def power_on(self) -> bytes:
        self.diary.append("cold")
        if self.broken_start is not None:
            raise self.broken_start
        return self._atr

    def reset(self) -> bytes:
        self.diary.append("warm")
        if self.broken_start is not None:
            raise self.broken_start
        return self._atr

    def power_off(self) -> None:
        self.diary.append("off")

    def exchange(self, command: bytes) -> bytes:
        self.diary.append(command.hex().upper())
        match command[0]:
            case 0xBB:
                raise KeyError("test key 0123456789ABCDEF")
            case 0xDD:
                raise PowerLoss
            case 0xEE:
                return b""
            case 0x5A:
                self.busy.set()
                assert self.go.wait(10)
            case _:
                pass
        return command + b"\x90\x00"

    @property
    def atr(self) -> bytes:
        return self._atr
