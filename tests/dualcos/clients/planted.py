"""Cards that get the class of GET RESPONSE wrong: today's fault and others of its kind, each as a patch."""

from __future__ import annotations

from pytest import MonkeyPatch  # noqa: PT013 - the type, for signatures

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.engine import Engine
from cos.kernel.transmission import Transmission, TransmissionOptions

FETCH = 0xC0
_fetched_by, _get_response = Transmission.fetched_by, Transmission.get_response
_shape, _handle, _init = Transmission.shape, Engine.handle, Transmission.__init__


def class_00_alone(patch: MonkeyPatch) -> None:
    """The fault of November 2026: a Java program loses every answer of class 80 and B0."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: not cla and _fetched_by(self, cla))
    refusal_costs_the_answer(patch)


def refusal_costs_the_answer(patch: MonkeyPatch) -> None:
    """GET RESPONSE of a class that is refused takes the waiting answer with it."""

    def handle(self, session, command, trace):
        answer = _handle(self, session, command, trace)
        if command.ins == FETCH and answer.sw == 0x6E00:
            session.at.tx.drop()
        return answer

    patch.setattr(Engine, "handle", handle)


def class_80_always(patch: MonkeyPatch) -> None:
    """Class 80 fetches whatever waits, also what a command of class 00 has left."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: bool(self._pending) and cla in (0, 0x80, self._cla))


def any_class(patch: MonkeyPatch) -> None:
    """The class of GET RESPONSE is not looked at."""
    patch.setattr(Transmission, "fetched_by", lambda self, _: bool(self._pending))


def own_class_alone(patch: MonkeyPatch) -> None:
    """ISO 7816-4 to the letter: class 00 no longer fetches what a command of class 80 has left."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: bool(self._pending) and cla == self._cla)


def a_piece_forgets_the_class(patch: MonkeyPatch) -> None:
    """Behind the first piece only class 00 fetches."""

    def get_response(self: Transmission, command: CommandAPDU) -> ResponseAPDU:
        answer = _get_response(self, command)
        self._cla = 0
        return answer

    patch.setattr(Transmission, "get_response", get_response)


def a_refusal_forgets_the_class(patch: MonkeyPatch) -> None:
    """A refused GET RESPONSE leaves the answer to class 00 alone."""

    def fetched_by(self: Transmission, cla: int) -> bool:
        fetched = _fetched_by(self, cla)
        if self._pending and not fetched:
            self._cla = 0
        return fetched

    patch.setattr(Transmission, "fetched_by", fetched_by)


def the_first_class_for_good(patch: MonkeyPatch) -> None:
    """The class of the session's first waiting answer fetches all later ones."""

    def shape(self: Transmission, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        before = self._cla
        shaped = _shape(self, command, response)
        self._cla = before or self._cla
        return shaped

    patch.setattr(Transmission, "shape", shape)


def b0_is_forgotten(patch: MonkeyPatch) -> None:
    """The rule is there for 80, but not for the medical commands' class."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: cla != 0xB0 and _fetched_by(self, cla))


def the_setting_is_not_read(patch: MonkeyPatch) -> None:
    """A card that is to take class 00 alone takes the command's class too."""

    def init(self: Transmission, options: TransmissionOptions) -> None:
        _init(self, options)
        self.same_class = True

    patch.setattr(Transmission, "__init__", init)


BUGS = (
    class_00_alone,
    refusal_costs_the_answer,
    class_80_always,
    any_class,
    own_class_alone,
    a_piece_forgets_the_class,
    a_refusal_forgets_the_class,
    the_first_class_for_good,
    b0_is_forgotten,
    the_setting_is_not_read,
)
