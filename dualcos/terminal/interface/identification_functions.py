"""“读基本信息”: iReadCardBas, and its two steps with an HSM (SC §1)."""

from __future__ import annotations

from typing import NamedTuple

from cos.ssse.tables.table_model import Version
from dualcos.terminal.interface.card_device import CardDevice
from dualcos.terminal.interface.function_inputs import IdentificationGiven, ProofGiven
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from dualcos.terminal.interface.item_texts import bar_fields, characters, item_text
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, demand_original, hexed
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile
from dualcos.terminal.social.card_environment import CardEnvironment, select_environment
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.mac import same

BASIC = "iReadCardBas"
_ISSUED, _EXPIRES = 0x05, 0x06
_SOCIAL_NUMBER = 0x08
_SHORT_VERSION = 3


def through_psam(device: CardDevice, pad: PinPad, settings: InterfaceSettings) -> Outcome:
    """IReadCardBas."""
    device.card.power_on()
    device.demand_sam()
    at = device.at_psam(pad)
    path = device.begin_psam(at)
    rkssse = at.home.key("RKSSSE") if at.environment.version >= Version.V3 else None
    if rkssse is not None:
        path.demand_key(rkssse)
    at.demand_genuine()
    if rkssse is not None:
        at.prove(rkssse)
    return Outcome(_basic_text(at, path.terminal, settings))


def first_step(device: CardDevice, pad: PinPad, settings: InterfaceSettings) -> Outcome:
    """iReadCardBas_HSM_Step1: the card's answer stays here, its random numbers go out."""
    environment = device.read()
    select_environment(device.card)  # back from the file to the environment, as libraries do
    at = device.at_hsm(pad, environment)
    factor, original = at.numbers()
    answer = at.internal(factor, original)
    external_factor, external_original = at.numbers() if environment.version >= Version.V3 else (b"", b"")
    text = bar_fields(
        environment.region,
        _reset_text(environment, settings),
        f"{environment.algorithm:02d}",
        *(hexed(environment.identification), hexed(factor), hexed(original)),
        *(hexed(external_factor), hexed(external_original)),
    )
    if settings.terminal_in_step1:
        text += bar_fields(device.terminal_number(environment).hex())
    asked = _Asked(device, at, settings, answer, original, external_original)
    return Outcome(text, StepPair(BASIC, 2, at, asked.second_step))


class _Asked(NamedTuple):
    """What the first step keeps: the card's answer to internal authentication, and both pieces of original information,
    the second empty below 3.0.
    """

    device: CardDevice
    at: CardAtTerminal
    settings: InterfaceSettings
    answer: bytes
    original: bytes
    external_original: bytes

    def second_step(self, given: IdentificationGiven) -> Outcome:
        """iReadCardBas_HSM_Step2: the HSM's answer is held against the card's, then the card is asked to take its
        proof.
        """
        at = self.at
        self._demand_internal(given.internal)
        if given.external is not None:
            demand_original(given.external, self.external_original)
            at.present(at.key(at.home, "RKSSSE"), given.external.data, given.external.original)
        return Outcome(_basic_text(at, self.device.terminal_number(at.environment), self.settings))

    def _demand_internal(self, internal: ProofGiven | None) -> None:
        if internal is not None:
            demand_original(internal, self.original)
            if not same(internal.data, self.answer):
                raise TerminalStopped(StopCause.NOT_GENUINE)
        elif not (self.settings.internal_may_be_skipped and self.at.environment.version < Version.V3):
            raise TerminalStopped(StopCause.LENGTH, detail=("无内部认证数据", "no answer to internal authentication"))


def _reset_text(environment: CardEnvironment, settings: InterfaceSettings) -> str:
    return hexed(environment.atr if settings.whole_atr else environment.historical)


def _basic_text(at: CardAtTerminal, terminal: bytes, settings: InterfaceSettings) -> str:
    """The eleven fields."""
    issuer, holder = at.place("SSSE", 0xEF05), at.place("SSSE", 0xEF06)
    dates = {tag: at.read_item(issuer, tag) for tag in (_ISSUED, _EXPIRES)}
    environment = at.environment._replace(issuer=at.environment.issuer | dates)
    number, name = _text(holder, _SOCIAL_NUMBER, at.read_item(holder, _SOCIAL_NUMBER)), characters(at.read_name(holder))
    version = environment.version_text[: _SHORT_VERSION if settings.short_version else None]
    return bar_fields(
        environment.region,
        number,
        environment.number,
        hexed(environment.identification),
        name,
        _reset_text(environment, settings),
        *(version, environment.issued, environment.expires),
        terminal.hex(),
        settings.device_number,
    )


def _text(place: PlaceOfFile, tag: int, raw: bytes) -> str:
    return item_text(place.file.item(tag), raw)
