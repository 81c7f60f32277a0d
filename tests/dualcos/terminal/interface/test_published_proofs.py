"""Numbers of invented keys, computed by two programs that share nothing with this one, go through the interface
unchanged: a card that answers by the table is asked with exactly these bytes. Keys of the card: K8, K3, KS.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from tests.dualcos.terminal.terminal_bench import TypingHolder

ATR = bytes.fromhex("3B6D00000081544C86869931010000A1B2")
IDENTIFICATION = "310100D1560000050000A1B287425AE0"
FACTOR, ORIGINAL, RANDOM = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495", "5AC3907E12F4B86D"


class Numbers(NamedTuple):
    algorithm: str
    proof: str
    reload: str
    unblock: str


NUMBERS = (
    Numbers("01", "9ABD282FEA9C3D2E", "842400010C7319F145ADC16E395847CC2C", "8424000004F6636AAE"),
    Numbers("03", "9F7DFD03FBB87894", "842400011474A21B986E9DC69F76412E4FD836A8B968288535", "8424000004CDF3FBF6"),
)


class PlayedCard:
    """Answers what the table says to what the table asks; anything else fails the test."""

    def __init__(self, numbers: Numbers) -> None:
        cipher = f"A50988011E9F0C038601{numbers.algorithm}"
        self.fci = f"6F1C840F7378312E73682EC9E7BBE1B1A3D5CF{cipher}9000"
        self.numbers = numbers
        self.randoms = [ORIGINAL, FACTOR, ORIGINAL, FACTOR]
        self.sent: list[str] = []
        self.atr = ATR

    def power_on(self):
        return ATR

    reset = power_on

    def power_off(self):
        pass

    def exchange(self, command):
        asked = command.hex().upper()
        self.sent.append(asked)
        if asked == "0084000008":
            return bytes.fromhex(self.randoms.pop(0) + "9000")
        known = {
            "00A404000F7378312E73682EC9E7BBE1B1A3D5CF": self.fci,
            "00A4020002EF05": "9000",
            "00B2010012": f"0110{IDENTIFICATION}9000",
            "00B2030006": "0304332E30309000",
            "00B207000B": "07094131323334353637399000",
            f"0088000010{FACTOR}{ORIGINAL}": f"{self.numbers.proof}9000",
            f"0082000A10{self.numbers.proof}{ORIGINAL}": "9000",
            f"0082000610{self.numbers.proof}{ORIGINAL}": "9000",
            self.numbers.reload: "9000",
            self.numbers.unblock: "9000",
            "00B2050006": "0504202401019000",
            "00B2060006": "0604203401019000",
            "00A4020002EF06": "9000",
            "00B2080014": f"0812{b'310100199001010016'.hex()}9000",
            "00B2090020": f"091E{'测试甲'.encode('gbk').ljust(30, bytes(1)).hex()}9000",
            "00B24E0016": f"4E14{'00' * 20}9000",
        }
        return bytes.fromhex(known[asked])


def driver_of(card, *pins):
    return SSCardDriver(ReaderLibrary({"USB1": {0x01: card}}), TypingHolder(*pins))


def said(function, *arguments):
    out = CharBuffer(1024)
    assert function(*arguments, out) == 0, out.text.decode("gbk")
    return out.text.decode("gbk")


@pytest.mark.parametrize("numbers", NUMBERS, ids=["K3", "KS"])
def test_identification(numbers):
    driver = driver_of(PlayedCard(numbers))
    assert said(driver.iReadCardBas_HSM_Step1, 1) == (
        f"310100|0081544C86869931010000A1B2|{numbers.algorithm}|{IDENTIFICATION}|"
        f"{FACTOR}|{ORIGINAL}|{FACTOR}|{ORIGINAL}|"
    )
    proof = f"{numbers.proof}{ORIGINAL}"
    assert said(driver.iReadCardBas_HSM_Step2, f"{proof}|{proof}|") == (
        f"310100|310100199001010016|A12345679|{IDENTIFICATION}|测试甲|0081544C86869931010000A1B2|3.00|20240101|"
        "20340101|000000000000|DUALCOS000000001|"
    )


@pytest.mark.parametrize("numbers", NUMBERS, ids=["K8", "KS"])
@pytest.mark.parametrize("function", ["iReloadPIN", "iUnblockPIN"])
def test_pin_commands(numbers, function):
    card = PlayedCard(numbers)
    card.randoms = [ORIGINAL, FACTOR, RANDOM]
    driver = driver_of(card, "123456", "123456")
    info = f"{IDENTIFICATION}|A12345679|"
    assert said(getattr(driver, f"{function}_HSM_Step1"), 1, info) == f"{numbers.algorithm}|0090|{FACTOR}|{ORIGINAL}|"
    command = numbers.reload if function == "iReloadPIN" else numbers.unblock
    pin = "123456" if function == "iReloadPIN" else ""
    described = said(getattr(driver, f"{function}_HSM_Step2"), f"{numbers.proof}{ORIGINAL}")
    assert described == f"{numbers.algorithm}|0173|{RANDOM}|{command[:10]}|{pin}|"
    assert said(getattr(driver, f"{function}_HSM_Step3"), command) == ""
    assert card.sent[-1] == command
