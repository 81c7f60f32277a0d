"""Public keys and parameters on their way into a terminal: lists, records, and what is neither."""

from __future__ import annotations

import pytest

from dualcos.messages.download_messages import (
    MOST_LISTED,
    BadDownload,
    DownloadName,
    DownloadState,
    asked_record,
    listed,
    listing,
    queried,
    query,
    record_answer,
    record_in,
)

RID = bytes.fromhex("A000000333")
KEYS = [DownloadName(RID, number) for number in range(1, 2 * MOST_LISTED + 2)]
AIDS = [DownloadName(RID + b"\1\1\1"), DownloadName(RID + b"\1\1\2")]


@pytest.mark.parametrize("already", [0, 8, 99])
def test_a_query_says_how_many_are_known(already):
    assert queried(query(already)) == already


@pytest.mark.parametrize("raw", [b"", b"100 ", b"1", b"1xx", b"10"])
def test_what_is_no_query(raw):
    with pytest.raises(BadDownload, match="a query is `1` and two digits"):
        queried(raw)


@pytest.mark.parametrize(
    ("names", "already", "state", "here"),
    [
        ([], 0, DownloadState.NONE, []),
        (AIDS, 0, DownloadState.ALL, AIDS),
        (KEYS[:MOST_LISTED], 0, DownloadState.ALL, KEYS[:MOST_LISTED]),
        (KEYS, 0, DownloadState.MORE, KEYS[:MOST_LISTED]),
        (KEYS, MOST_LISTED, DownloadState.MORE, KEYS[MOST_LISTED : 2 * MOST_LISTED]),
        (KEYS, 2 * MOST_LISTED, DownloadState.LAST, KEYS[2 * MOST_LISTED :]),
        (KEYS, len(KEYS), DownloadState.NONE, []),
    ],
)
def test_a_list_comes_in_pieces(names, already, state, here):
    assert listed(listing(names, already)) == (state, tuple(here))


@pytest.mark.parametrize("name", [AIDS[0], KEYS[0]])
def test_a_record_is_asked_for_by_its_name(name):
    assert asked_record(name.raw) == name


@pytest.mark.parametrize("raw", [b"", b"\x9f\x22\x01\x01", b"\x9f\x06\x01\x01\x9f\x22\x02\x01\x01"])
def test_what_names_no_record(raw):
    with pytest.raises(BadDownload, match="9F06, and of a public key 9F22 with one byte, name a record"):
        asked_record(raw)


def test_a_record_comes_or_there_is_none():
    assert record_in(record_answer(b"\x9f\x06\x01\x01")) == b"\x9f\x06\x01\x01"
    assert record_in(record_answer(b"")) == b""


@pytest.mark.parametrize("raw", [b"", b"4", b"\x01"])
def test_an_answer_without_a_state_is_none(raw):
    for read in (listed, record_in):
        with pytest.raises(BadDownload, match="the first byte is none of `0` to `3`"):
            read(raw)


def test_what_is_no_tlv_names_nothing():
    for read, raw in ((listed, b"1\x9f"), (asked_record, b"\x9f\x06\x05")):
        with pytest.raises(BadDownload):
            read(raw)


def test_an_index_belongs_to_the_name_in_front_of_it():
    stray, two_bytes = b"1\x9f\x22\x01\x07" + AIDS[0].raw, b"1" + AIDS[0].raw + b"\x9f\x22\x02\x01\x01"
    assert listed(stray)[1] == (AIDS[0],)
    assert listed(two_bytes)[1] == (AIDS[0],)
