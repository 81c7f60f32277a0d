"""“PIN 校验”, “修改”, “重置”, “解锁”, and the steps of the last two with an HSM (SC §4 to §7).

The PIN comes from the pad and goes to the card. Only iReloadPIN_HSM_Step2 gives one away, the new one, to the caller
who has it enciphered (SC §6.3.2).
"""

from __future__ import annotations

from apdu.status import SW
from cos.ssse.tables.table_model import SocialAlgorithm
from dualcos.dialogue.driver import send
from dualcos.dialogue.social import pin_field
from dualcos.terminal.interface.card_device import CardDevice, demand_same_card
from dualcos.terminal.interface.function_inputs import CardInfo, ProofGiven, hex_bytes, ill_formed
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, hexed, proof_fields
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.hsm_path import key_address, secured_length
from dualcos.terminal.social.pin_services import change_pin, new_pin, reload_pin, unblock_pin
from dualcos.terminal.social.terminal_parts import PinAsked, PinPad
from dualcos.terminal.social.terminal_stopped import refused_by

RELOAD, UNBLOCK = "iReloadPIN", "iUnblockPIN"
_RELOAD_HEADER, _UNBLOCK_HEADER = bytes.fromhex("84240001"), bytes.fromhex("84240000")
_HEADER = 5


def demand_pin_once(at: CardAtTerminal) -> None:
    """The holder's PIN, one try: a wrong one ends the function, and its text tells what is left (SC §4.1.3). A card
    without a PIN asks for none, nor one that has it already.
    """
    if at.pin_verified:
        return
    tries = at.pin_tries()
    if tries is not None:
        at.verify(at.entered(PinAsked.PIN, tries))


def verify(device: CardDevice, pad: PinPad) -> Outcome:
    """IVerifyPIN."""
    demand_pin_once(device.at_psam(pad))
    return Outcome("")


def change(device: CardDevice, pad: PinPad) -> Outcome:
    """IChangePIN."""
    change_pin(device.at_psam(pad))
    return Outcome("")


def reload(device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """IReloadPIN."""
    reload_pin(_with_psam(device, pad, info))
    return Outcome("")


def unblock(device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """IUnblockPIN."""
    unblock_pin(_with_psam(device, pad, info))
    return Outcome("")


def _with_psam(device: CardDevice, pad: PinPad, info: CardInfo) -> CardAtTerminal:
    device.card.power_on()
    device.demand_sam()
    at = device.at_psam(pad)
    device.ready_psam(at)
    demand_same_card(at.environment, info)
    return at


def first_step(function: str, device: CardDevice, pad: PinPad, info: CardInfo) -> Outcome:
    """iReloadPIN_HSM_Step1, iUnblockPIN_HSM_Step1: the numbers for PUK. No PIN is asked for here, whatever the heading
    of SC §6.2 says: its steps leave that to the second.
    """
    at = device.at_hsm(pad, device.read())
    demand_same_card(at.environment, info)
    row = at.key(at.home, "PUK")
    return Outcome(proof_fields(at, row), StepPair(function, 2, device, at, row=row))


def second_step(pair: StepPair, given: ProofGiven) -> Outcome:
    """Their second step: PUK is proved, the new PIN asked for, and the command described that the HSM is to secure."""
    at = pair.at
    at.present(pair.key, given.data, given.original)
    digits = new_pin(at) if pair.function == RELOAD else ""
    wide = at.environment.algorithm is not SocialAlgorithm.DES
    command = _RELOAD_HEADER if digits else _UNBLOCK_HEADER
    header = command + bytes((secured_length(pin_field(digits), wide=wide),))
    address = key_address(at.maintenance(at.home))
    text = f"{at.environment.algorithm:02d}|{address}|{hexed(at.challenge())}|{hexed(header)}|{digits}|"
    return Outcome(text, pair._replace(step=3, header=header))


def third_step(pair: StepPair, given: str, *, header_may_lack: bool) -> Outcome:
    """Their third step: ``header ‖ cipher text ‖ MAC`` of the HSM goes to the card as it is."""
    length = pair.header[-1]
    command = hex_bytes(given, _HEADER + length, *((length,) if header_may_lack else ()))
    if len(command) == length:
        command = pair.header + command
    if command[:_HEADER] != pair.header:
        raise ill_formed("命令头不符", "this is not the command that the second step described")
    answer = asked(pair.at.card, send(command))
    if answer.sw != SW.OK:
        raise refused_by(answer.sw, "PIN命令", "the command for the PIN")
    return Outcome("")
