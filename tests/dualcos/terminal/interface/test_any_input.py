"""Whatever a caller gives: no function raises, each returns a declared code and a readable text inside its memory."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.national_functions import FUNCTIONS, INTEGER, CallError, call
from dualcos.terminal.interface.return_codes import is_declared
from tests.dualcos.terminal.interface.counter_with_library import PAY, Counter
from tests.dualcos.terminal.interface.test_files_read_and_written import proof_by_hand
from tests.dualcos.terminal.interface.test_interface_alone import arguments_of
from tests.dualcos.terminal.terminal_bench import PIN

COUNTERS = {name: Counter(name) for name in ("social-1.0", "social-3.0")}
INFO = {name: counter.info for name, counter in COUNTERS.items()}
RIGHT = ("DF04EF05|8F|$", "SSSEEF05|07|$", "DF02EF07|1|$", "DF01EF16|$", "DF01EF15|40:2|$", PAY, "00" * 16)
MEMORY = b"\xa5"


def texts(name):
    """Near to what is right, one byte otherwise, and garbage."""
    near = st.sampled_from([*RIGHT, INFO[name]]).map(lambda text: text.encode("gbk"))

    @st.composite
    def spoilt(draw):
        text = bytearray(draw(near))
        if text:
            text[draw(st.integers(0, len(text) - 1))] = draw(st.integers(0, 255))
        return bytes(text)

    garbage = st.binary(max_size=60) | st.text(alphabet="|$^:0123456789ABCDEFS亅", max_size=40)
    return near | spoilt() | garbage | near.map(lambda text: text * 200)


@st.composite
def calls(draw):
    profile = draw(st.sampled_from(sorted(COUNTERS)))
    row = FUNCTIONS[draw(st.sampled_from(sorted(FUNCTIONS)))]
    numbers = st.sampled_from((1, 1, 1, 3, 4, 2, 0, -1, 2**31, -(2**31) - 1))
    arguments = [draw(numbers if each.length == INTEGER else texts(profile)) for each in row.parameters]
    size = draw(st.sampled_from((row.out, row.out, row.out, 0, 1, 2, 7, 60)))
    return profile, row.name, arguments, size, draw(st.booleans())


def begin_pair(counter, name):
    """The steps before this one, done well."""
    function, _, step = name.partition("_HSM_Step")
    if step not in ("2", "3"):
        return
    first = counter.call(f"{function}_HSM_Step1", *arguments_of(counter, f"{function}_HSM_Step1", 1))
    assert first.code in (0, -2204)
    if step == "3":
        counter.call(f"{function}_HSM_Step2", proof_by_hand(counter, first.text, "PUK"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls(), min_size=1, max_size=3))
@example([("social-3.0", "iWriteCard", [1, INFO["social-3.0"], "DF04EF05|8F|$", "DF04EF05|亅|$"], 1, False)])
def test_no_function_raises(sequence):
    for profile, name, arguments, size, begun in sequence:
        counter = COUNTERS[profile]
        counter.pad.digits = [PIN] * 6
        if begun:
            begin_pair(counter, name)
        out = CharBuffer(size)
        code = getattr(counter.driver, name)(*arguments, out)
        assert isinstance(code, int)
        assert is_declared(code), code
        assert -(2**31) <= code < 2**31
        assert out.size == size
        text = out.text.decode("gbk")  # readable to the last byte
        assert code == 0 or size < 8 or text.strip()
        assert PIN not in text or name == "iReloadPIN_HSM_Step2"
        assert counter.driver.pair is not None or counter.at_rest


@given(st.integers(0, 40), st.text(alphabet="无卡a|", max_size=30))
def test_nothing_is_written_behind_the_end_or_behind_the_nul(size, text):
    memory = CharBuffer(size)
    raw = text.encode("gbk")
    assert memory.put(MEMORY * (size - 1)) is (size > 0)
    before = memory.raw
    assert memory.put(raw) is (len(raw) < size)
    if len(raw) >= size:
        assert memory.raw == before
    else:
        assert memory.raw == (raw + b"\0" + before[len(raw) + 1 :])
        assert memory.text == raw


@given(st.integers(0, 40), st.text(alphabet="无卡a|", max_size=30))
def test_an_error_is_cut_between_two_characters(size, text):
    memory = CharBuffer(size)
    memory.put_cut(text, "gbk")
    said = memory.text.decode("gbk")
    assert text.startswith(said)
    if said != text:
        assert len((said + text[len(said)]).encode("gbk")) >= size


def test_a_callers_memory_shows_nothing():
    memory = CharBuffer(16)
    memory.put(b"123456")
    assert "123456" not in repr(memory)


@pytest.mark.parametrize("given_as", [str, lambda text: text.encode("gbk"), lambda text: text.encode("gbk") + b"\0x"])
def test_texts_end_at_their_nul(given_as):
    counter = Counter("social-3.0")
    assert counter.call("iReadCard", 1, 1, given_as(counter.info), given_as("SSSEEF05|07|$")).code == 0
    memory = CharBuffer(200)
    memory.put(counter.info.encode("ascii"))
    assert counter.driver.iReadCard(1, 1, memory, b"SSSEEF05|07|$", CharBuffer(100)) == 0


# --- by name ---


def test_a_function_by_its_name():
    counter = Counter("social-3.0")
    done = call(counter.driver, "iReadCard", ["1", "1", counter.info, "SSSEEF05|07|$"])
    assert done == (0, f"SSSEEF05|{counter.person.card_number}|$")
    assert call(counter.driver, "iReadCardBas", ["9"]).code == -23


def test_all_23_are_there():
    assert len(FUNCTIONS) == 23
    driver = COUNTERS["social-3.0"].driver
    for name, row in FUNCTIONS.items():
        names = [each.name for each in row.parameters]
        code = getattr(type(driver), name).__code__
        assert code.co_varnames[1 : code.co_argcount] == (*names, "pOutInfo")


@pytest.mark.parametrize(("name", "arguments", "said"), [
    ("iReadEverything", [], "there is no function 'iReadEverything'"),
    ("iReadCardBas", [], "iReadCardBas takes 1 arguments: iType"),
    ("iReadCardBas", ["1", "2"], "iReadCardBas takes 1 arguments: iType"),
    ("iReadCardBas", ["one"], "iType is a number, not 'one'"),
])  # fmt: skip
def test_what_cannot_be_called(name, arguments, said):
    with pytest.raises(CallError, match=said):
        call(COUNTERS["social-3.0"].driver, name, arguments)


@given(st.text(max_size=8))
def test_numbers_are_numbers(text):
    assume(not text.strip().lstrip("+-").replace("_", "").isdigit())
    with pytest.raises(CallError):
        call(COUNTERS["social-3.0"].driver, "iVerifyPIN", [text])
