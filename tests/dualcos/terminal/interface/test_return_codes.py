"""Every return code of SC appendix A that has a cause here is provoked; of the others the module says the reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardMute
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.return_codes import RETURN_CODES, UNUSED, is_declared
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.social.social_pin_pad import PinCancelled, PinTimedOut
from tests.dualcos.terminal.interface.counter_with_library import PAY, TIME, Counter, Said, wrong_proof
from tests.dualcos.terminal.terminal_bench import made_card

APPENDIX_A = (
    *(-1, -2, -3, -4, -5, -11, -12, -13, -14, -15, -20, -21, -22, -23, -24, -31, -32, -33, -34, -35, -36, -41, -42),
    *(-51, -52, -2201, -2202, -2203, -2204, -25536, -25537, -25538, -26368, -26881, -27009, -27010, -27011, -27012),
    *(-27013, -27016, -27264, -27265, -27266, -27267, -27272, -37634, -37635, -37891, -37894),
)
WRITE = ("DF04EF05|8F|$", "DF04EF05|1|$")
Provoked = Callable[[], Said]


def silent(_: bytes) -> bytes:
    raise CardMute("silent")


def unplugged(_: bytes) -> bytes:
    raise PcscError("the reader was unplugged")


def bent(header: str, sw: str, name: str, *arguments: int | str, profile: str = "social-2.0") -> Said:
    """The card answers commands that begin so with this word."""
    counter = Counter(profile)
    start = bytes.fromhex(header)
    counter.card.bend = lambda command, answer: bytes.fromhex(sw) if command.startswith(start) else answer
    return counter.call(name, *(counter.info if each == "INFO" else each for each in arguments))


def psam_without(identifier: int, profile: str) -> Said:
    """A PSAM that has no key of that identifier, under whatever usage."""
    counter = Counter(profile)
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: (
        b"\x6a\x88" if command[:2] == b"\xbf\xde" and command[3] == identifier else answer
    )
    return counter.call("iReadCardBas", 1)


def without(what: str) -> Said:
    counter = Counter(sam=None if what == "sam" else "")
    if what == "card":
        counter.slot.remove()
    if what == "answer":
        counter.card.bend_atr = silent
    if what == "reader":
        counter.card.bend_atr = unplugged
        counter.driver = SSCardDriver(ReaderLibrary.of(counter.card), counter.pad)
    if what == "library":
        counter.driver = SSCardDriver(None, counter.pad)
    return counter.call("iReadCardBas", 1)


def set_to(**settings: str) -> Said:
    return Counter(settings=InterfaceSettings(**settings)).call("iReadCardBas", 1)  # type: ignore[arg-type]


def typed(*digits: str | Exception, name: str = "iChangePIN") -> Said:
    counter = Counter()
    counter.pad.digits = list(digits)
    return counter.call(name, 1)


def powerless() -> Said:
    counter = Counter(sam=None)
    first = counter.good("iReadCard_HSM_Step1", 1, counter.info, "DF01EF06|28|$")
    counter.slot.power_off()
    return counter.call("iReadCard_HSM_Step2", wrong_proof(first.text))


def key_tried(times: int) -> Said:
    counter = Counter(sam=None)
    for _ in range(times):
        first = counter.good("iReadCard_HSM_Step1", 1, counter.info, "DF01EF06|28|$")
        said = counter.call("iReadCard_HSM_Step2", wrong_proof(first.text))
    return said


def locked() -> Said:
    counter = Counter()
    for _ in range(3):
        counter.pad.digits = ["000000"]
        said = counter.call("iVerifyPIN", 1)
    return said


def another_city() -> Said:
    """A city's PSAM at a card of another province."""
    counter = Counter(sam="psam-mixed-tiers", chosen=("ssse.city=310100",))
    return counter.call("iWriteCard", 1, counter.info, *WRITE)


def other_card() -> Said:
    counter = Counter()
    return counter.call("iReadCard", 1, 1, counter.info.replace("T0", "T1"), "SSSEEF05|07|$")


def wrong_mac1() -> Said:
    counter = Counter(sam=None)
    counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY)
    return counter.call("iDoDebit_HSM_Step2", f"00000001|{TIME}|00000000|")


def blocked_card() -> Said:
    return bent("00A40400", "9303", "iReadCardBas", 1)


def of_counter(act: Callable[[Counter], Said], profile: str = "social-2.0") -> Said:
    return act(Counter(profile))


PROVOKING: dict[int, Provoked] = {
    -1: lambda: Counter(card=made_card("bank-only")).call("iReadCardBas", 1),
    -2: lambda: without("card"),
    -3: powerless,
    -4: lambda: without("answer"),
    -5: lambda: without("library"),
    -11: lambda: without("reader"),
    -12: lambda: Counter().call("iReadCard_HSM_Step2", "00" * 16),
    -13: lambda: Counter().call("iReadCardBas", 2),
    -14: lambda: set_to(device="USB0"),
    -20: lambda: Counter().call("iReadCard", 1, 1, "99|1|", "SSSEEF05|07|$"),
    -21: lambda: bent("0088", "00000000000000009000", "iReadCardBas", 1),
    -22: other_card,
    -23: lambda: Counter().call("iReadCardBas", 0),
    -24: another_city,
    -31: lambda: typed(PinCancelled()),
    -32: lambda: typed(PinTimedOut()),
    -33: lambda: typed("123"),
    -34: lambda: typed("123456", "654321", "654322"),
    -41: lambda: typed("12345A"),
    -42: lambda: Counter().call("iReadCardBas", 1, size=20),
    -51: lambda: typed("000000", name="iVerifyPIN"),
    -52: locked,
    -2201: lambda: without("sam"),
    -2202: lambda: Counter("social-3.0", sam="psam-3des").call("iReadCardBas", 1),
    -2203: lambda: psam_without(0x0A, "social-3.0"),
    -2204: lambda: of_counter(lambda c: c.call("iReadCard_HSM_Step1", 1, c.info, "SSSEEF05|07|$")),
    -25538: lambda: key_tried(1),
    -25537: lambda: key_tried(2),
    -25536: lambda: key_tried(3),
    -27011: lambda: key_tried(4),
    -26368: lambda: bent("0088", "6700", "iReadCardBas", 1),
    -26881: lambda: bent("B02C", "6901", "iDoDebit", 1, "INFO", PAY),
    -27009: lambda: bent("00DC", "6981", "iWriteCard", 1, "INFO", *WRITE),
    -27010: lambda: of_counter(lambda c: c.call("iWriteCard", 1, c.info, "DF04EF08|$", "DF04EF08|1^|$")),
    -27012: lambda: bent("0082", "6984", "iWriteCard", 1, "INFO", *WRITE),
    -27013: lambda: bent("00A40400", "6985", "iReadCardBas", 1),
    -27016: lambda: bent("8424", "6988", "iUnblockPIN", 1, "INFO"),
    -27264: lambda: bent("805E", "6A80", "iChangePIN", 1),
    -27265: lambda: bent("00A40400", "6A81", "iReadCardBas", 1),
    -27266: lambda: of_counter(lambda c: c.call("iReadCard", 1, 1, c.info, "DF01EF99|01|$")),
    -27267: lambda: of_counter(lambda c: c.call("iReadCard", 1, 1, c.info, "SSSEEF05|99|$")),
    -27272: lambda: psam_without(0x08, "social-2.0"),
    -37634: wrong_mac1,
    -37635: blocked_card,
    -37891: lambda: bent("B028", "9403", "iDoDebit", 1, "INFO", PAY),
    -37894: lambda: bent("B02C", "9406", "iDoDebit", 1, "INFO", PAY),
}


def test_the_table_is_the_standards():
    assert set(RETURN_CODES) == set(APPENDIX_A)
    assert set(PROVOKING) | set(UNUSED) == set(APPENDIX_A)
    assert not set(PROVOKING) & set(UNUSED)
    assert all(UNUSED.values())


@pytest.mark.parametrize("code", sorted(PROVOKING, reverse=True))
def test_a_code_with_its_cause(code):
    said = PROVOKING[code]()
    assert said.code == code, said
    words = re.sub("^（.*?）", "", RETURN_CODES[code])
    assert words[:4] in said.text


def test_all_codes_fit_32_bits_and_are_minus_the_word():
    """The rule, and that the table's order beside the three codes of external authentication is a slip: each has as
    many tries left as its word says.
    """
    assert all(-(2**31) <= code < 0 for code in RETURN_CODES)
    for word in ("63C0", "63C1", "63C2", "6700", "6984", "9302", "6F00"):
        assert bent("0082", word, "iWriteCard", 1, "INFO", *WRITE).code == -int(word, 16)
    for left in range(3):
        assert f"剩余可尝试次数{left}次" in bent("0082", f"63C{left}", "iWriteCard", 1, "INFO", *WRITE).text


def test_a_card_of_no_edition_is_no_card_of_ours():
    counter = Counter()
    counter.card.bend = lambda _, answer: answer.replace(b"2.00", b"9.00")
    said = counter.call("iReadCardBas", 1)
    assert (said.code, said.text) == (-1, "不支持此规范版本")


def test_a_word_outside_the_table_is_unknown_and_negative():
    said = bent("0088", "6D00", "iReadCardBas", 1)
    assert said.code == -0x6D00
    assert said.text.startswith("未知错误")
    assert is_declared(said.code)
    assert not any(is_declared(code) for code in (1, -6, -60, -2205, -70000))


def test_certificates_are_refused_with_the_reason():
    counter = Counter()
    counter.good("iReadCardBas_HSM_Step1", 1)
    said = counter.call("PKI_SignData", "123456", "text", 1)
    assert said.code == -13
    assert "LD/T 6001.5-2023" in said.text
    assert "123456" not in said.text
    assert counter.at_rest
    assert counter.call("PKI_VerifySign", "123456", "30", "text", "00", 1).code == -13
