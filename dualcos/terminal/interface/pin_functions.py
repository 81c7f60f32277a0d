"""“PIN 校验”, “修改”, “重置”, “解锁”, and the steps of the last two with an HSM (SC §4 to §7).

The PIN comes from the pad and goes to the card. Only iReloadPIN_HSM_Step2 gives one away, the new one, to the caller
who has it enciphered (SC §6.3.2).
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.status import SW
from cos.ssse.tables.table_model import SocialAlgorithm
from dualcos.dialogue.driver import send
from dualcos.dialogue.social import pin_field
from dualcos.terminal.interface.card_device import CardDevice, demand_same_card
from dualcos.terminal.interface.function_inputs import CardInfo, ProofGiven, hex_bytes, ill_formed
from dualcos.terminal.interface.item_texts import bar_fields
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, hexed, proof_fields
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.hsm_path import key_address, secured_length
from dualcos.terminal.social.pin_services import change_pin, new_pin, reload_pin, unblock_pin
from dualcos.terminal.social.sam_keys import SamCalculation
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import refused_by

RELOAD, UNBLOCK = "iReloadPIN", "iUnblockPIN"
_RELOAD_HEADER, _UNBLOCK_HEADER = bytes.fromhex("84240001"), bytes.fromhex("84240000")
_HEADER = 5
LONGEST = 54
"""Of what the second step of a reload tells, a PIN of 16 digits in it."""


def verify(device: CardDevice, pad: PinPad) -> Outcome:
    """IVerifyPIN: one try, and the text tells what is left (SC §4.1.3)."""
    device.at_psam(pad).demand_pin(once=True)
    return Outcome("")


def change(device: CardDevice, pad: PinPad) -> Outcome:
    """IChangePIN."""
    change_pin(device.at_psam(pad))
    return Outcome("")


def reload(device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """IReloadPIN."""
    reload_pin(_with_psam(device, pad, info, SamCalculation.ENCIPHER, SamCalculation.MAC))
    return Outcome("")


def unblock(device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """IUnblockPIN."""
    unblock_pin(_with_psam(device, pad, info, SamCalculation.MAC))
    return Outcome("")


def _with_psam(device: CardDevice, pad: PinPad, info: CardInfo, *of_command: SamCalculation) -> CardAtTerminal:
    """Both keys are looked for before the holder types anything."""
    at, path = device.at_both(pad, info)
    path.demand_key(at.key(at.home, "PUK"))
    path.demand_key(at.maintenance(at.home), *of_command)
    device.ready_psam(at)
    return at


def first_step(function: str, device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """iReloadPIN_HSM_Step1, iUnblockPIN_HSM_Step1: the numbers for PUK. No PIN is asked for here, whatever the heading
    of SC §6.2 says: its steps leave that to the second.
    """
    at = device.at_hsm(pad, device.read())
    demand_same_card(at.environment, info)
    text, key = proof_fields(at, at.key(at.home, "PUK"))

    def go_on(given: ProofGiven) -> Outcome:
        key.present(at, given)
        return _second_step(function, at)

    return Outcome(text, StepPair(function, 2, at, go_on))


def _second_step(function: str, at: CardAtTerminal) -> Outcome:
    """PUK is proved, the new PIN asked for, and the command described that the HSM is to secure."""
    digits = new_pin(at) if function == RELOAD else ""
    wide = at.environment.algorithm is not SocialAlgorithm.DES
    command = _RELOAD_HEADER if digits else _UNBLOCK_HEADER
    header = command + bytes((secured_length(pin_field(digits), wide=wide),))
    address = key_address(at.maintenance(at.home))
    text = bar_fields(f"{at.environment.algorithm:02d}", address, hexed(at.challenge()), hexed(header), digits)
    return Outcome(text, StepPair(function, 3, at, lambda given: _third_step(at, header, given)))


class CommandGiven(NamedTuple):
    """What the third step takes: ``header ‖ cipher text ‖ MAC``, or without the header where it may lack."""

    text: str
    header_may_lack: bool


def _third_step(at: CardAtTerminal, header: bytes, given: CommandGiven) -> Outcome:
    """The HSM's command goes to the card as it is."""
    length = header[-1]
    command = hex_bytes(given.text, _HEADER + length, *((length,) if given.header_may_lack else ()))
    if len(command) == length:
        command = header + command
    if command[:_HEADER] != header:
        raise ill_formed("命令头不符", "this is not the command that the second step described")
    answer = asked(at.card, send(command))
    if answer.sw != SW.OK:
        raise refused_by(answer.sw, "PIN命令", "the command for the PIN")
    return Outcome("")
