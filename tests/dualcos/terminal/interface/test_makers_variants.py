"""Variants of makers' libraries: a back end that the library asks, PINs as parameters, connectors, other names."""

from __future__ import annotations

import pytest

from dualcos.messages.social_services import NoAnswer, ServiceDone
from dualcos.reader.slot import Slot
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.interface.variants.back_end_steps import BackEndSteps
from dualcos.terminal.interface.variants.control_form import SSCardControl
from tests.dualcos.terminal.interface.counter_with_library import PAY, Counter
from tests.dualcos.terminal.interface.test_basic_information import eleven, terminal_of
from tests.dualcos.terminal.terminal_bench import PIN, SOCIAL, TypingHolder, WatchedCard, made_card

EVERY = pytest.mark.parametrize("profile", SOCIAL)
NEW = "86420975"


def said(function, *arguments, size=20_480):
    out = CharBuffer(size)
    code = function(*arguments, out)
    return code, out.text.decode("gbk")


@EVERY
@pytest.mark.parametrize("sam", ["", None])
def test_whole_functions_by_whichever_way_serves(profile, sam):
    counter = Counter(profile, sam=sam)
    steps, info = counter.steps(), counter.info
    terminal = terminal_of(counter) if sam == "" else "000000000000"
    assert said(steps.iCommReadCardBas, 1) == (0, "|".join([*eleven(counter, terminal), ""]))
    code, text = said(steps.iCommReadCard, 1, 2, info, "DF04EF06|90|$")
    assert (code, text[:9]) == (0, "DF04EF06|")
    assert said(steps.iCommWriteCard, 1, info, "DF04EF05|8F|$", "DF04EF05|2|$") == (0, "")
    code, text = said(steps.iCommDoDebit, 1, info, PAY)
    assert (code, text.count("|")) == (0, 8 if sam == "" else 9)
    counter.pad.digits = [NEW, NEW]
    assert said(steps.iCommReloadPIN, 1, info) == (0, "")
    assert said(steps.iCommUnblockPIN, 1, info) == (0, "")
    counter.pad.digits = [NEW]
    counter.good("iVerifyPIN", 1)
    assert counter.at_rest


def test_a_failure_that_no_hsm_helps_is_the_psams():
    counter = Counter()
    counter.slot.remove()
    assert said(counter.steps().iCommReadCardBas, 1) == (-2, "无卡")
    assert said(counter.steps().iCommDoDebit, 1, counter.info, "1|")[0] == -23


class Silent:
    def ask(self, request):
        raise NoAnswer(f"{type(request).__name__} went nowhere")


class Strange:
    def ask(self, request):
        return ServiceDone(running=request.running)


@pytest.mark.parametrize("back_end", [Silent(), Strange()])
def test_a_back_end_that_does_not_help(back_end):
    counter = Counter("social-3.0", sam=None)
    steps = BackEndSteps(counter.driver, back_end, lambda: 1)
    for act in (
        lambda: said(steps.iCommReadCardBas, 1),
        lambda: said(steps.iCommWriteCard, 1, counter.info, "DF04EF05|8F|$", "DF04EF05|2|$"),
        lambda: said(steps.iCommDoDebit, 1, counter.info, PAY),
        lambda: said(steps.iCommUnblockPIN, 1, counter.info),
    ):
        code, text = act()
        assert code < 0
        assert text.startswith("后台")
        assert code in (-11, -23)
        assert counter.at_rest


def test_a_back_end_that_does_not_answer_is_one_that_cannot_be_reached():
    counter = Counter("social-3.0", sam=None)
    assert said(BackEndSteps(counter.driver, Silent(), lambda: 1).iCommReadCardBas, 1)[0] == -11


def test_a_back_end_that_raises_leaves_no_power():
    class Broken:
        def ask(self, _request):
            raise OSError("the line is down")

    counter = Counter("social-3.0", sam=None)
    with pytest.raises(OSError, match="the line"):
        said(BackEndSteps(counter.driver, Broken(), lambda: 1).iCommReadCardBas, 1)
    assert counter.at_rest


def test_several_files_without_a_psam_are_all_read():
    files = "DF01EF06|28|$SSSEEF05|07|$DF04EF06|90|$"
    counter = Counter(sam=None)
    code, text = said(counter.steps().iCommReadCard, 1, 2, counter.info, files)
    assert (code, text) == said(Counter().driver.iReadCard, 1, 2, counter.info, files)
    assert (code, [each[:8] for each in text.split("$")]) == (0, ["DF01EF06", "SSSEEF05", "DF04EF06", ""])
    assert said(counter.steps().iCommReadCard, 1, 2, counter.info, files, size=len(text))[0] == -42
    assert said(counter.steps().iCommReadCard, 1, 2, counter.info, files + "DF01EF99|01|$")[0] == -27266


def test_several_files_without_a_psam_are_not_written():
    counter = Counter(sam=None)
    files, data = "DF01EF06|28|$DF04EF05|8F|$", "DF01EF06|139|$DF04EF05|2|$"
    code, text = said(counter.steps().iCommWriteCard, 1, counter.info, files, data)
    assert (code, "一个文件" in text) == (-13, True)
    assert not [each for each in counter.card.commands if each.startswith(("0082", "00DC"))]


@pytest.mark.parametrize("name", [
    "iReadCardBas_HSM_Step1To2", "iReadCard_HSM_Step1To2", "iWriteCard_HSM_Step1To2", "iReloadPIN_HSM_Step1To2",
    "iReloadPIN_HSM_Step2To3", "iUnblockPIN_HSM_Step1To2", "iUnblockPIN_HSM_Step2To3", "iDoDebit_HSM_Step1To2",
])  # fmt: skip
@pytest.mark.parametrize("text", ["", "|", "03|" * 4, "03|" * 5, "03|" * 8, "\ud800", "x" * 2000])
def test_what_is_no_step_is_told(name, text):
    counter = Counter()
    counter.good("iReadCardBas_HSM_Step1", 1)
    code, told = said(getattr(counter.steps(), name), 1, text)
    assert code in (-23, -41, -42)
    assert told
    assert counter.slot.powered  # the pair lives: nothing was asked of the card


def test_between_steps_there_is_a_pair():
    counter = Counter()
    text = counter.good("iReadCardBas_HSM_Step1", 1).text
    counter.driver.close()
    assert said(counter.steps().iReadCardBas_HSM_Step1To2, 1, text)[0] == -12


# --- PINs as parameters ---


def test_the_control_is_given_pins():
    counter = Counter()
    control = SSCardControl(counter.library)
    assert (control.iVerifyPIN(1, PIN), control.pOutInfo) == (0, "")
    assert (control.iVerifyPIN(1, "000000"), control.pOutInfo) == (-51, "PIN校验失败，剩余次数2次")
    assert control.iChangePIN(1, PIN, NEW) == 0
    assert control.iVerifyPIN(1, NEW) == 0
    assert control.iReloadPIN(1, counter.info, PIN) == 0
    assert control.iDoDebit(1, counter.info, PAY, PIN) == 0
    assert control.pOutInfo.startswith("01|")
    assert control.run("iReadCardBas", "1") == 0
    assert len(control.pOutInfo.split("|")) == 12
    assert control.iVerifyPIN(1, "") == -31
    assert control.run("iVerifyPIN", "1") == -31  # no PIN is left from the call before
    control.close()
    assert PIN not in repr(vars(control))


@pytest.mark.parametrize(("name", "more"), [
    ("iReadDebitRecord", ()), ("iDoDebit_HSM_Step1", ("INFO", PAY)), ("iReadCard", ("1", "INFO", "DF01EF06|28|$")),
])  # fmt: skip
def test_of_a_control_the_pad_is_asked_where_no_pin_was_given(name, more):
    counter = Counter()
    arguments = [counter.info if each == "INFO" else each for each in more]
    assert SSCardControl(counter.library).run(name, "1", *arguments) == -31
    control = SSCardControl(counter.library, pin_pad=counter.pad)
    assert control.run(name, "1", *arguments) == 0
    assert len(counter.pad.asked) == 1
    assert control.iVerifyPIN(1, PIN) == 0
    assert len(counter.pad.asked) == 1


def test_the_control_reloads_in_steps():
    counter = Counter("social-3.0", sam=None)
    control = SSCardControl(counter.library)
    counter.driver = control._driver
    steps = counter.steps()
    assert control.run("iReloadPIN_HSM_Step1", "1", counter.info) == 0
    key = counter.between(steps.iReloadPIN_HSM_Step1To2, control.pOutInfo)
    assert control.iReloadPIN_HSM_Step2(key, NEW) == 0
    command = counter.between(steps.iReloadPIN_HSM_Step2To3, control.pOutInfo)
    assert control.run("iReloadPIN_HSM_Step3", command) == 0
    assert control.iVerifyPIN(1, NEW) == 0


# --- connectors ---


@pytest.mark.parametrize(("kind", "contact", "contactless", "chosen"), [
    (1, True, True, "contact"),
    (2, True, True, "contactless"),
    (3, True, True, "contact"),
    (4, True, True, "contactless"),
    (3, False, True, "contactless"),
    (4, True, False, "contact"),
    (1, False, True, None),
    (2, True, False, None),
    (3, False, False, None),
])  # fmt: skip
def test_where_the_card_is_looked_for(kind, contact, contactless, chosen):
    cards = {"contact": WatchedCard(made_card("social-2.0")), "contactless": WatchedCard(made_card("social-1.0"))}
    slots = {name: Slot(name, cards[name] if there else None) for name, there in
             (("contact", contact), ("contactless", contactless))}  # fmt: skip
    library = ReaderLibrary.of(slots["contact"], Slot("sam", made_card("psam-3des")), slots["contactless"])
    driver = SSCardDriver(library, TypingHolder(), InterfaceSettings(contactless=0x02))
    code, _ = said(driver.iReadCardBas, kind)
    assert code == (0 if chosen else -2)
    assert [name for name, card in cards.items() if card.commands] == ([chosen] if chosen else [])


def test_a_reader_by_name():
    library = ReaderLibrary({"USB1": {}, "COM3": {0x01: made_card("social-2.0")}})
    assert said(SSCardDriver(library, TypingHolder()).iVerifyPIN, 1)[0] == -2
    assert said(SSCardDriver(library, TypingHolder(), InterfaceSettings(device="COM3")).iVerifyPIN, 1)[0] == 0


def test_other_spellings():
    assert SSCardDriver.iReadDebit is SSCardDriver.iReadDebitRecord
    for step in ("", "_HSM_Step1", "_HSM_Step2", "_HSM_Step3"):
        assert getattr(SSCardDriver, f"iUnlockPIN{step}") is getattr(SSCardDriver, f"iUnblockPIN{step}")
