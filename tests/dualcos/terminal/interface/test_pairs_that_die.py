"""A pair of steps with an HSM lives as long as the card has power and nobody else is served (SC §1.2 to §8.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.dualcos.terminal.interface.counter_with_library import PAY, TIME, Counter, wrong_proof
from tests.dualcos.terminal.interface.test_basic_information import answered_by_hand
from tests.dualcos.terminal.terminal_bench import made_card

FIRST = {
    "iReadCardBas": (),
    "iReadCard": ("DF01EF05|20|$",),
    "iWriteCard": ("DF04EF05|8F|$",),
    "iReloadPIN": (),
    "iUnblockPIN": (),
    "iDoDebit": (PAY,),
}
KEYS: dict[str, tuple[str, ...]] = {
    "iReadCardBas": ("00" * 16 + "||",),
    "iReadCard": ("00" * 16,),
    "iWriteCard": ("00" * 16, "DF04EF05|2|$"),
    "iReloadPIN": ("00" * 16,),
    "iUnblockPIN": ("00" * 16,),
    "iDoDebit": (f"00000001|{TIME}|00000000|",),
}
EACH = pytest.mark.parametrize("name", FIRST)


def fitting(counter: Counter, name: str, text: str) -> tuple[str, ...]:
    """What a second step takes of this pair; the data are none of the card's keys'."""
    if name == "iReadCardBas":
        return (answered_by_hand(counter, text.split("|")),)
    return KEYS[name] if name == "iDoDebit" else (wrong_proof(text), *KEYS[name][1:])


def begin(counter: Counter, name: str) -> str:
    info = () if name == "iReadCardBas" else (counter.info,)
    return counter.good(f"{name}_HSM_Step1", 1, *info, *FIRST[name]).text


@EACH
def test_no_second_step_without_the_first(name):
    counter = Counter()
    said = counter.call(f"{name}_HSM_Step2", *KEYS[name])
    assert said.code == -12
    assert "未执行前一步骤" in said.text


@EACH
def test_no_other_functions_second_step(name):
    counter = Counter()
    for other in FIRST:
        if other != name:
            begin(counter, name)
            assert counter.slot.powered
            assert counter.call(f"{other}_HSM_Step2", *KEYS[other]).code == -12
            assert counter.at_rest
    assert counter.call(f"{name}_HSM_Step2", *KEYS[name]).code == -12


@pytest.mark.parametrize("name", ["iReloadPIN", "iUnblockPIN"])
def test_no_third_step_behind_the_first(name):
    counter = Counter()
    begin(counter, name)
    assert counter.call(f"{name}_HSM_Step3", "8424000004" + "00" * 4).code == -12


@EACH
def test_another_function_in_between(name):
    counter = Counter()
    begin(counter, name)
    counter.good("iReadCardBas", 1)
    assert counter.call(f"{name}_HSM_Step2", *KEYS[name]).code == -12


@EACH
def test_a_second_step_with_a_key_that_is_none(name):
    counter = Counter()
    begin(counter, name)
    assert counter.call(f"{name}_HSM_Step2", "G", *KEYS[name][1:]).code < 0
    assert counter.at_rest
    assert counter.call(f"{name}_HSM_Step2", *KEYS[name]).code == -12


def pulled(counter: Counter) -> None:
    counter.slot.remove()


def exchanged(counter: Counter) -> None:
    counter.slot.remove()
    counter.slot.insert(made_card("social-2.0", copy=1))


def unpowered(counter: Counter) -> None:
    counter.slot.power_off()


def taken_over(counter: Counter) -> None:
    library = counter.library
    assert library.ICC_Reader_PowerOn(library.ICC_Reader_Open("AUTO"), 0x01, bytearray(33)) > 0


@EACH
@pytest.mark.parametrize(("event", "code"), [(pulled, -2), (exchanged, -3), (unpowered, -3), (taken_over, -3)])
def test_a_card_that_is_pulled_or_a_reader_that_another_takes(name: str, event: Callable[[Counter], None], code: int):
    counter = Counter(sam=None)
    text = begin(counter, name)
    keys = fitting(counter, name, text)
    event(counter)
    assert counter.call(f"{name}_HSM_Step2", *keys).code == code
    assert counter.call(f"{name}_HSM_Step2", *keys).code == -12


@pytest.mark.parametrize("profile", ["social-1.0", "social-2.0", "social-3.0"])
def test_a_reset_by_a_program_that_goes_past_the_library(profile):
    """Nobody tells the library; the card does not know the numbers any more, or is not where it was."""
    counter = Counter(profile, sam=None)
    text = begin(counter, "iReadCardBas")
    counter.slot.reset()
    assert counter.call("iReadCardBas_HSM_Step2", answered_by_hand(counter, text.split("|"))).code < -25000
    assert counter.at_rest


def test_the_first_step_again_begins_anew():
    counter = Counter("social-3.0", sam=None)
    first = counter.good("iReadCardBas_HSM_Step1", 1).fields
    second = counter.good("iReadCardBas_HSM_Step1", 1).fields
    assert first[4:] != second[4:]
    assert counter.call("iReadCardBas_HSM_Step2", answered_by_hand(counter, first)).code == -23
    third = counter.good("iReadCardBas_HSM_Step1", 1).fields
    counter.good("iReadCardBas_HSM_Step2", answered_by_hand(counter, third))


@pytest.mark.parametrize("name", ["iReadCard", "iWriteCard", "iReloadPIN", "iUnblockPIN"])
def test_numbers_of_another_pair_cost_no_try(name):
    counter = Counter(sam=None)
    for _ in range(4):
        begin(counter, name)
        assert counter.call(f"{name}_HSM_Step2", *KEYS[name]).code == -23
    assert not [each for each in counter.card.commands if each.startswith("0082")]
    assert counter.call(f"{name}_HSM_Step2", *fitting(counter, name, begin(counter, name))).code == -25538


def test_external_numbers_of_another_pair_cost_no_try():
    counter = Counter("social-3.0", sam=None)
    internal, external = answered_by_hand(counter, counter.good("iReadCardBas_HSM_Step1", 1).fields).split("|")[:2]
    assert counter.call("iReadCardBas_HSM_Step2", f"{internal}|{external[:16]}{'0' * 16}|").code == -23
    assert not [each for each in counter.card.commands if each.startswith("0082")]


def test_an_external_proof_that_the_pair_did_not_ask_for():
    counter = Counter(sam=None)
    key = answered_by_hand(counter, counter.good("iReadCardBas_HSM_Step1", 1).fields)
    assert counter.call("iReadCardBas_HSM_Step2", f"{key.split('|')[0]}|{'00' * 16}|").code == -23


def test_memory_too_small_for_the_first_step_ends_it():
    counter = Counter()
    assert counter.call("iReadCardBas_HSM_Step1", 1, size=30).code == -42
    assert counter.at_rest
    assert counter.driver.pair is None


def test_unloading_takes_power_away():
    counter = Counter()
    begin(counter, "iReloadPIN")
    counter.driver.close()
    assert counter.at_rest
    assert counter.driver.pair is None
