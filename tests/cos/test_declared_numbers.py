"""Where the declarations say that a number lies, the owner's own encoder has put it; its largest is what it takes."""

from __future__ import annotations

import pytest

from cos.kernel.directory_headers import OWN
from cos.kernel.files import RECORD_CELL, Descriptor, Structure, descriptor_around
from cos.pse.current_directory import CHANNEL_CELL, Channel
from cos.pse.stack import STACK as PSE
from cos.pse.transaction.transaction_memory import COUNTS, Counters
from cos.ssse.medical.account import AMOUNTS_CELL, NOTHING, Amounts
from cos.ssse.stack import STACK as SSSE
from firewall.cellkind import Count, kind_of
from keys.card_key_store import entry_cells

IN_COUNTERS = dict(
    zip(
        COUNTS,
        (
            *("atc", "last_online_atc", "script_counter", "foreign_currency", "foreign_country"),
            *("pin_tries", "cumulative", "cumulative_two"),
        ),
        strict=True,
    )
)
IN_AMOUNTS = dict(
    zip(AMOUNTS_CELL.counts, ("loads", "purchases", "balance", "self_paid", "pooled"), strict=True),
)
IN_CHANNEL = dict(zip(CHANNEL_CELL.counts, ("counter", "failures"), strict=True))


@pytest.mark.parametrize("count", IN_COUNTERS, ids=lambda count: count.name)
def test_numbers_of_the_bank(count: Count):
    for number in (0, 1, count.most - 1, count.most):
        raw = Counters(**{IN_COUNTERS[count]: number}).to_bytes()
        assert count.read(raw) == number
        assert Counters.from_bytes(count.write(Counters().to_bytes(), number)) == Counters(
            **{IN_COUNTERS[count]: number}
        )
    if count.room > count.most:
        with pytest.raises(ValueError, match="beyond"):
            Counters.from_bytes(count.write(Counters().to_bytes(), count.most + 1))


@pytest.mark.parametrize("count", IN_AMOUNTS, ids=lambda count: count.name)
def test_numbers_of_the_account(count: Count):
    assert count.most == count.room
    for number in (0, 1, count.most):
        amounts = NOTHING._replace(**{IN_AMOUNTS[count]: number})
        assert count.read(amounts.encode()) == number
        assert Amounts.decode(count.write(NOTHING.encode(), number)) == amounts


@pytest.mark.parametrize("count", IN_CHANNEL, ids=lambda count: count.name)
def test_numbers_of_a_channel(count: Count):
    channel = Channel()._replace(**{IN_CHANNEL[count]: count.most})
    assert count.read(channel.encode()) == count.most
    assert Channel.decode(CHANNEL_CELL.unset) == Channel.decode(None) == Channel()


def test_tries_are_the_low_nibble():
    (count,) = entry_cells(b"?")[1].counts
    assert [count.read(bytes((raw,))) for raw in (0x33, 0x30, 0x0F)] == [3, 0, 15]
    assert count.write(b"\x36", 1) == b"\x31"
    assert entry_cells(b"?", counted=False)[1].counts == ()


# --- the amounts among other records ---------------------------------------------------------------------------------

HOME, APPLICATION, FILE = b"\xdd\xf1", b"\xdf\x04", b"\xef\x81"


def memory(directory: bytes, structure: Structure) -> tuple[dict[bytes, bytes], bytes]:
    """The memory around a record, and the record's key."""
    record = RECORD_CELL.key(directory=directory, file=FILE, number=b"\x01")
    (described,) = (kind for kind in SSSE.cells if kind.name.endswith("descriptor"))
    descriptor = Descriptor(0xEF81, structure, 1, 33, 10, bytes(5)).encode()
    return {OWN: HOME, described.key(directory=directory, file=FILE): descriptor, record: NOTHING.encode()}, record


@pytest.mark.parametrize(
    ("directory", "structure", "kind"),
    [
        (APPLICATION, Structure.INTERNAL, AMOUNTS_CELL),
        (APPLICATION, Structure.LINEAR_VARIABLE, RECORD_CELL),
        (HOME, Structure.INTERNAL, RECORD_CELL),
    ],
)
def test_the_amounts_are_told_by_their_file(directory, structure, kind):
    cells, record = memory(directory, structure)
    assert kind_of(SSSE.cells, record, cells) == kind
    assert kind_of(SSSE.cells, record) == RECORD_CELL, "the key alone does not tell"
    assert kind_of(PSE.cells, record, cells) == RECORD_CELL, "other environments have none"


def test_a_descriptor_that_cannot_be_read_tells_nothing():
    cells, record = memory(APPLICATION, Structure.INTERNAL)
    assert descriptor_around(cells, record).fid == 0xEF81
    for key in [key for key in cells if key not in (OWN, record)]:
        for bad in (b"", cells[key][:-1], b"\0" + cells[key][1:]):
            assert descriptor_around({**cells, key: bad}, record) is None
            assert kind_of(SSSE.cells, record, {**cells, key: bad}) == RECORD_CELL
        assert descriptor_around({OWN: HOME}, record) is None
