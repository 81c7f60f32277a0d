"""Which tests answer first: those whose failure says most, so that nobody waits minutes for them.

Side by side each worker begins with a slice of the list (xdist's ``worksteal``: as many tests for each, in order), so
the rows are dealt out to the heads of the slices. What belongs together stays together: what a card or a vector
cost to play is kept by the worker that played it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

HOLDS = "tests/properties/test_properties_hold.py::test_property_holds"
VECTORS = "tests/conformance/test_vectors.py::test_the_card_answers_as_it_must"
TORN = "tests/properties/test_tearing.py::test_every_cut_of_every_writing_macro"


class Telling(NamedTuple):
    """Tests whose names begin so, in this order, and why they come early."""

    because: str
    names: tuple[str, ...]


FIRST = (
    Telling("a way through the wall makes all else worthless", ("tests/architecture/test_no_path.py",)),
    Telling("the firewall's promises, on the demo card", (f"{HOLDS}[dual-2.0-3des-", f"{TORN}[dual-2.0-3des]")),
    Telling("the card answers as the specifications say", (VECTORS, "tests/conformance/")),
    Telling(
        "the same promises on every other card; the longest tests, at an end they would be waited for", (HOLDS, TORN)
    ),
)


def ordered(names: Sequence[str], workers: int = 1) -> list[int]:
    """The places of ``names`` (tests as pytest calls them) in the order in which they are to run."""
    heads: list[list[int]] = [[] for _ in range(workers)]
    left = dict.fromkeys(range(len(names)))
    for turn, row in enumerate(FIRST):
        for name in row.names:
            found = [place for place in left if names[place].startswith(name)]
            heads[turn % workers] += found
            for place in found:
                del left[place]
    rest, order = iter(left), list[int]()
    for worker, head in enumerate(heads):
        share = (len(names) - len(order)) // (workers - worker)
        order += [*head, *islice(rest, max(0, share - len(head)))]
    return order + list(rest)
