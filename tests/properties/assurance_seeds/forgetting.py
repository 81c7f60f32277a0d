"""What a session should forget, and does not."""

# ruff: noqa: ARG001, ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from cos.kernel import transmission
from cos.kernel.security_state import Challenge, Standing
from cos.ssse.files import selection
from firewall import dispatcher

from .patching import Patch, swap_handler


def right_kept(patch: Patch) -> None:
    """Another directory is selected and rights earned by keys stay."""
    enter = Standing.enter

    def keeping(self, header):
        security = self.security
        changed = enter(self, header)
        self.security = security
        return changed

    patch.setattr(Standing, "enter", keeping)


def ef_kept(patch: Patch) -> None:
    """The current EF outlives the selection of another directory."""
    enter = Standing.enter

    def keeping(self, header):
        file = self.file
        changed = enter(self, header)
        self.file = file
        return changed

    patch.setattr(Standing, "enter", keeping)


def pointer_kept(patch: Patch) -> None:
    """The record pointer outlives the selection of an EF."""
    select = selection.select

    def keeping(session, command):
        pointer = session.at.pointer
        response = select(session, command)
        session.at.pointer = pointer
        return response

    swap_handler(patch, "SELECT", keeping)


def deselect_hook_empty(patch: Patch) -> None:
    """The dispatcher keeps each environment's session and asks it to clear itself; the hook does nothing."""

    def keeping(self, command):
        live = self._live
        kept = self.__dict__.setdefault("_kept", {})
        kept[id(live.environment)] = live.session  # the environments live as long as the dispatcher
        target = self._target(command)
        if target is None or target is live.environment:
            return live.session.handle(command)
        session = kept.get(id(target)) or target.open()
        response = session.handle(command)
        if response.sw >> 8 in (0x90, 0x61, 0x62):
            self._live = dispatcher._Live(target, session, self._label(target))
        return response

    patch.setattr(dispatcher.Dispatcher, "_select", keeping)


def pending_answer_kept(patch: Patch) -> None:
    """One response buffer for the whole card."""
    shared = {"pending": b""}
    patch.setattr(transmission.Transmission, "__slots__", (), raising=False)

    def get(self):
        return shared["pending"]

    def put(self, value):
        shared["pending"] = value

    def init(self, options):
        self._fetch = options.case4 == "61xx"
        self._le00_is_data = options.le00 == "data"

    patch.setattr(transmission.Transmission, "__init__", init)
    shape = transmission.Transmission.shape

    def keeping(self, command, response):
        waiting = self._pending
        answer = shape(self, command, response)
        self._pending = self._pending or waiting
        return answer

    patch.setattr(transmission.Transmission, "shape", keeping)
    patch.setattr(transmission.Transmission, "_pending", property(get, put))


def challenge_shared(patch: Patch) -> None:
    """One random number for the whole card."""
    shared: dict[str, bytes | None] = {"challenge": None}
    both = property(
        lambda self: shared["challenge"], lambda self, value: shared.update(challenge=value or shared["challenge"])
    )

    def take(self):
        challenge, shared["challenge"] = shared["challenge"], None
        return challenge

    patch.setattr(Challenge, "_value", both)
    patch.setattr(Challenge, "take", take)


def challenge_not_consumed(patch: Patch) -> None:
    """``is None`` written for ``= None``: a random number serves for ever."""
    patch.setattr(Challenge, "take", lambda self: self._value)


def failed_select_drops(patch: Patch) -> None:
    """A SELECT that fails takes the rights away all the same."""
    select = selection.select

    def dropping(session, command):
        before = session.at.security
        try:
            return select(session, command)
        except Exception:
            session.at.security = type(before)()
            raise

    swap_handler(patch, "SELECT", dropping)
