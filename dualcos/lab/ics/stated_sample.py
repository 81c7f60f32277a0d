"""A sample as its statement says it (样品): what the card can is the statement's, its keys and data the profile's."""

from __future__ import annotations

from msgspec import structs

from dualcos.lab.campaign.campaign_sample import Sample, told_profile
from dualcos.lab.conformance.card_on_bench import profile_of_card_file
from dualcos.lab.ics.question import written
from dualcos.lab.ics.statement import Statement, StatementError


def stated_sample(sample: Sample, statement: Statement, source: str) -> Sample:
    """``sample`` with the answers of ``statement`` in place of what its profile says, as settings.

    Raises StatementError for a contradiction, an answer that no setting gives, one that the card of a card file has
    otherwise, and where each vector has its own card; ProfileError for answers that make no card; CardFileError,
    VectorError.
    """
    statement.demand_consistent(source)
    if sample.kind == "card file":
        for each in statement.differing(profile_of_card_file(sample.name)):
            has = "nothing" if each.profile is None else written(each.profile)
            raise StatementError(
                f"{source}: {each.question.id} = {written(each.answer)}, and the card of {sample.name} has {has}:"
                " settings of a card file are burnt in"
            )
        return sample
    told = told_profile(sample)
    if told is None:
        raise StatementError(f"{source} is about one card, and each vector has its own here: name the card")
    stated = structs.replace(sample, settings=(*sample.settings, *statement.settings(told, source)))
    told_profile(stated)
    return stated
