"""PIN functions (SC §4 to §7): what the pad is asked, what is left, and that no PIN stands anywhere else."""

from __future__ import annotations

import pytest

from dualcos.terminal.interface.interface_settings import InterfaceSettings
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinTimedOut
from tests.dualcos.terminal.interface.counter_with_library import PAY, Counter
from tests.dualcos.terminal.interface.test_files_read_and_written import proof_by_hand
from tests.dualcos.terminal.terminal_bench import PIN, SOCIAL

EVERY = pytest.mark.parametrize("profile", SOCIAL)
NEW = "86420975"


def typing(counter: Counter, *digits: str | Exception) -> Counter:
    counter.pad.digits = list(digits)
    counter.pad.asked.clear()
    return counter


def asked(counter: Counter) -> list[PinAsked]:
    return [each for each, _ in counter.pad.asked]


@EVERY
def test_verify_asks_once_and_tells_what_is_left(profile):
    counter = Counter(profile)
    assert counter.good("iVerifyPIN", 1).text == ""
    for left in (2, 1):
        said = typing(counter, "000000").call("iVerifyPIN", 1)
        assert (said.code, said.text) == (-51, f"PIN校验失败，剩余次数{left}次")
        assert asked(counter) == [PinAsked.PIN]
        assert counter.at_rest
    assert typing(counter, "000000").call("iVerifyPIN", 1).code == -52
    assert typing(counter).call("iVerifyPIN", 1).code == -52
    assert asked(counter) == []  # of a locked PIN nobody is asked


def test_a_wrong_pin_ends_any_function():
    counter = Counter()
    for name, arguments in (
        ("iReadDebitRecord", (1,)),
        ("iReadCard", (1, 1, counter.info, "DF01EF05|20|$")),
        ("iReadCard_HSM_Step1", (1, counter.info, "DF04EF06|90|$")),
        ("iDoDebit", (1, counter.info, PAY)),
        ("iDoDebit_HSM_Step1", (1, counter.info, PAY)),
    ):
        said = typing(counter, "000000").call(name, *arguments)
        assert (said.code, asked(counter)) == (-51, [PinAsked.PIN]), name
        typing(counter, PIN).good("iVerifyPIN", 1)


def test_the_pad_knows_what_is_left():
    counter = Counter()
    typing(counter, "000000").call("iVerifyPIN", 1)
    typing(counter, PIN).good("iVerifyPIN", 1)
    assert counter.pad.asked == [(PinAsked.PIN, 2)]


def test_a_card_without_a_pin_asks_nobody():
    counter = Counter(chosen=("ssse.pin=",))
    counter.good("iVerifyPIN", 1)
    assert asked(counter) == []


@EVERY
def test_change(profile):
    counter = Counter(profile)
    assert typing(counter, PIN, NEW, NEW).good("iChangePIN", 1).text == ""
    assert asked(counter) == [PinAsked.OLD, PinAsked.NEW, PinAsked.NEW_AGAIN]
    assert typing(counter, PIN).call("iVerifyPIN", 1).code == -51
    typing(counter, NEW).good("iVerifyPIN", 1)
    assert typing(counter, PIN, NEW, NEW).call("iChangePIN", 1).text == "PIN校验失败，剩余次数2次"


@pytest.mark.parametrize(("digits", "code"), [
    ((PinCancelled(),), -31),
    ((PIN, PinTimedOut()), -32),
    ((PIN, "123"), -33),
    ((PIN, "12345678901234567"), -33),
    ((PIN, "12a456"), -41),
    ((PIN, NEW, NEW[:-1] + "6"), -34),
])  # fmt: skip
def test_what_the_pad_brings_ends_the_function(digits, code):
    counter = Counter()
    assert typing(counter, *digits).call("iChangePIN", 1).code == code
    assert not [each for each in counter.card.commands if each.startswith("805E")]
    typing(counter, PIN).good("iVerifyPIN", 1)


@EVERY
@pytest.mark.parametrize("new", ["4321", "1234567890123456", "12345"])
def test_reload_by_psam(profile, new):
    counter = Counter(profile)
    for _ in range(3):
        typing(counter, "000000").call("iVerifyPIN", 1)
    assert typing(counter, new, new).good("iReloadPIN", 1, counter.info).text == ""
    assert asked(counter) == [PinAsked.NEW, PinAsked.NEW_AGAIN]
    typing(counter, new).good("iVerifyPIN", 1)


@EVERY
def test_unblock_by_psam(profile):
    counter = Counter(profile)
    for _ in range(3):
        typing(counter, "000000").call("iVerifyPIN", 1)
    typing(counter).good("iUnblockPIN", 1, counter.info)
    assert asked(counter) == []
    typing(counter, PIN).good("iVerifyPIN", 1)


@EVERY
@pytest.mark.parametrize("new", ["4321", "1234567890123456"])
def test_reload_in_three_steps(profile, new):
    counter = typing(Counter(profile, sam=None), new, new)
    steps, wide = counter.steps(), counter.algorithm == "03"
    first = counter.good("iReloadPIN_HSM_Step1", 1, counter.info)
    assert (first.fields[:2], asked(counter)) == ([counter.algorithm, "0090"], [])
    second = counter.good("iReloadPIN_HSM_Step2", proof_by_hand(counter, first.text, "PUK"))
    header = "8424000114" if wide or len(new) == 16 else "842400010C"
    assert [*second.fields[:2], *second.fields[3:]] == [counter.algorithm, "0173", header, new]
    assert asked(counter) == [PinAsked.NEW, PinAsked.NEW_AGAIN]
    command = counter.between(steps.iReloadPIN_HSM_Step2To3, second.text)
    assert len(command) == (34 if header.endswith("0C") else 50)
    assert counter.good("iReloadPIN_HSM_Step3", command).text == ""
    assert counter.card.commands[-1] == command
    typing(counter, new).good("iVerifyPIN", 1)


@EVERY
@pytest.mark.parametrize("spelling", ["iUnblockPIN", "iUnlockPIN"])
def test_unblock_in_three_steps(profile, spelling):
    counter = Counter(profile, sam=None)
    for _ in range(3):
        typing(counter, "000000").call("iVerifyPIN", 1)
    typing(counter)
    first = counter.good(f"{spelling}_HSM_Step1", 1, counter.info)
    second = counter.good(f"{spelling}_HSM_Step2", proof_by_hand(counter, first.text, "PUK"))
    assert second.text.endswith("|8424000004||")
    command = counter.between(counter.steps().iUnblockPIN_HSM_Step2To3, second.text)
    assert len(command) == 18
    counter.good(f"{spelling}_HSM_Step3", command)
    assert asked(counter) == []
    typing(counter, PIN).good("iVerifyPIN", 1)


def third(counter: Counter) -> str:
    """The command of a third step, which is next."""
    first = typing(counter, NEW, NEW).good("iReloadPIN_HSM_Step1", 1, counter.info)
    second = counter.good("iReloadPIN_HSM_Step2", proof_by_hand(counter, first.text, "PUK"))
    return counter.between(counter.steps().iReloadPIN_HSM_Step2To3, second.text)


@pytest.mark.parametrize(("spoilt", "code"), [
    (lambda command: command[:-2], -42),
    (lambda command: command[:-1], -42),
    (lambda command: "8416" + command[4:], -23),
    (lambda command: command[:-1] + "G", -41),
    (lambda command: command[10:], -42),
    (lambda command: command[:-1] + ("0" if command[-1] != "0" else "1"), -27016),
])  # fmt: skip
def test_a_third_step_with_another_command(spoilt, code):
    counter = Counter("social-3.0", sam=None)
    assert counter.call("iReloadPIN_HSM_Step3", spoilt(third(counter))).code == code
    assert counter.at_rest
    assert counter.call("iReloadPIN_HSM_Step3", "00").code == -12
    typing(counter, PIN).good("iVerifyPIN", 1)


def test_the_header_may_lack_where_a_province_leaves_it_out():
    counter = Counter("social-3.0", sam=None, settings=InterfaceSettings(header_may_lack=True))
    counter.good("iReloadPIN_HSM_Step3", third(counter)[10:])
    typing(counter, NEW).good("iVerifyPIN", 1)


def test_new_pins_that_differ_end_the_second_step():
    counter = typing(Counter(sam=None), NEW, PIN)
    first = counter.good("iReloadPIN_HSM_Step1", 1, counter.info)
    assert counter.call("iReloadPIN_HSM_Step2", proof_by_hand(counter, first.text, "PUK")).code == -34
    assert counter.at_rest


def test_no_pin_in_any_text():
    """Of all functions only the second step of a reload says one, the new one, as the standard has it."""
    digits = "73915846"
    counter = Counter(chosen=(f"ssse.pin={digits}",))
    info = counter.info
    said = []
    for pins, name, arguments in (
        ((digits,), "iVerifyPIN", (1,)),
        ((digits[::-1],), "iVerifyPIN", (1,)),
        ((digits, NEW, digits), "iChangePIN", (1,)),
        ((digits,), "iReadCard", (1, 1, info, "DF01EF05|20|$")),
        ((digits,), "iDoDebit", (1, info, PAY)),
        ((digits,), "iDoDebit_HSM_Step1", (1, info, PAY)),
        ((digits,), "iReadDebitRecord", (1,)),
        ((digits, digits), "iReloadPIN", (1, info)),
        ((f"{digits}x",), "iVerifyPIN", (1,)),
        ((digits * 3,), "iVerifyPIN", (1,)),
    ):
        said.append(typing(counter, *pins).call(name, *arguments).text)
        said += [repr(counter.driver), repr(counter.driver.pair), repr(counter.library)]
    shown = "\n".join(said)
    assert digits not in shown
    assert digits[::-1] not in shown
    assert NEW not in shown
