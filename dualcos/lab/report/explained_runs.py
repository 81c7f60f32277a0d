"""What a campaign has kept of a run, in words: each command and its answer explained from the masked record alone."""

from __future__ import annotations

from msgspec import structs

from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS
from dualcos.explain import FAULT, Explainer, RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.secret_parts import Spans
from dualcos.explain.trace_file_lines import undotted
from dualcos.explain.trace_lines import ExchangeLine, PowerLine, happening_facts
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.evidence.campaign_records import PlayedCommand, SampleAsked, VectorJudged
from dualcos.profile.schema import Profile, ProfileError, load
from dualcos.profile.social_plan import version_of
from firewall.trace import Noted

HappeningLine = ExchangeLine | PowerLine
NO_COMMANDS = ("cold", "warm")
"""How a record calls what is no command."""


class RunsExplained:
    """Explains runs on a campaign's ``sample``. Of the card only its edition and what answers for its MF are looked up;
    where that cannot be found any more, it is taken for a card with both sides of edition 2.0 until it tells otherwise.
    """

    def __init__(self, sample: SampleAsked) -> None:
        self._name = sample.profile or (sample.name if sample.kind == "profile" else "")
        self._every_card_its_own = sample.kind == "each vector's own"
        self._own = OwnCards()
        self._loaded: dict[str, Profile | None] = {}

    def lines(self, judged: VectorJudged, case: Case | None) -> tuple[HappeningLine, ...]:
        """A line for each command of the run that decided, numbered from 1, with what a fault script made of it."""
        explainer = self._explainer(case)
        made = {each.at: tuple(("faults", Noted(FAULT, what)) for what in each.what) for each in judged.injected}
        records = (structs.replace(raw_record(each), events=made.get(at, ())) for at, each in enumerate(judged.played))
        return tuple(happening_facts(explainer.explain(record)) for record in records)

    def _explainer(self, case: Case | None) -> Explainer:
        profile = self._profile(case)
        if profile is None:
            return Explainer()
        edition = version_of(profile.ssse) if profile.ssse is not None else Version.V2
        return Explainer(edition, under=profile.under(STACKS))

    def _profile(self, case: Case | None) -> Profile | None:
        if self._every_card_its_own:
            try:
                return self._own.as_told(case) if case is not None else None
            except (ProfileError, VectorError, OSError):
                return None
        if self._name not in self._loaded:
            try:
                self._loaded[self._name] = load(self._name) if self._name else None
            except (ProfileError, OSError):
                self._loaded[self._name] = None
        return self._loaded[self._name]


def raw_record(played: PlayedCommand) -> RawRecord:
    """A command of a campaign's record as it passed, with zeros for what is masked. What is no hex is no command."""
    if played.sent in NO_COMMANDS:
        return RawPower("warm" if played.sent == "warm" else "cold", _bytes(played.came)[0])
    command, hidden = _bytes(played.sent)
    if not played.came:
        return RawSilence(command, "the card was silent", hidden=hidden)
    answer, dots = _bytes(played.came)
    cut = dots[0][1] if dots else 0
    return RawExchange(command, answer[cut:], hidden=hidden, answer_hidden=cut)


def _bytes(digits: str) -> tuple[bytes, Spans]:
    try:
        return undotted(digits)
    except ValueError:
        return b"", ()
