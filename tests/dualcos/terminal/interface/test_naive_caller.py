"""A hospital program as somebody writes it who has read the standard's text and nothing else: memory of 1,024 bytes
everywhere, GBK, bars stripped from the end before the text is split, eleven parts demanded.
"""

from __future__ import annotations

import pytest

from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from tests.dualcos.terminal.interface.counter_with_library import Counter
from tests.dualcos.terminal.terminal_bench import SOCIAL

HSM_AFTER = (-2201, -2202, -2203, -27272, -24)


class HospitalProgram:
    def __init__(self, dll, service):
        self.dll, self.service = dll, service
        self.message = ""

    def text(self, buffer):
        return buffer.raw.split(b"\0")[0].decode("gbk")

    def read_card(self):
        buffer = CharBuffer(1024)
        result = self.dll.iReadCardBas(3, buffer)
        if result in HSM_AFTER:
            result = self.dll.iReadCardBas_HSM_Step1(3, buffer)
            if result != 0:
                raise RuntimeError(self.text(buffer))
            step1 = self.text(buffer).strip("|").split("|")
            key = self.service(step1)
            result = self.dll.iReadCardBas_HSM_Step2(key.encode("gbk"), buffer)
        if result != 0:
            self.message = self.text(buffer)
            return None
        parts = self.text(buffer).strip("|").split("|")
        if len(parts) != 11:
            self.message = f"{len(parts)} parts"
            return None
        return {"region": parts[0], "number": parts[1], "card": parts[2], "code": parts[3], "name": parts[4]}

    def read_phone(self, person):
        buffer = CharBuffer(1024)
        info = f"{person['code']}|{person['card']}|".encode("gbk")
        if self.dll.iReadCard(3, 1, info, b"DF01EF06|28|$", buffer) != 0:
            self.message = self.text(buffer)
            return None
        return self.text(buffer).split("|")[1]


def bureau(counter):
    """The service takes and gives fields; what is missing at the end of the answer is left out."""

    def service(step1):
        fields = "|".join([*step1, *[""] * (8 - len(step1)), ""])
        return counter.between(counter.steps().iReadCardBas_HSM_Step1To2, fields).rstrip("|")

    return service


@pytest.mark.parametrize("profile", SOCIAL)
@pytest.mark.parametrize("sam", ["", None])
def test_it_reads_a_card(profile, sam):
    counter = Counter(profile, sam=sam)
    program = HospitalProgram(counter.driver, bureau(counter))
    found = program.read_card()
    person = counter.person
    assert found == {
        "region": person.region,
        "number": person.number,
        "card": person.card_number,
        "code": person.identification.hex().upper(),
        "name": person.name,
    }, program.message
    assert program.read_phone(found) == "13800000000"


def test_it_fails_where_the_device_number_is_empty():
    """Which is why it is not, unless somebody asks for it."""
    counter = Counter(settings=InterfaceSettings(device_number=""))
    program = HospitalProgram(counter.driver, bureau(counter))
    assert program.read_card() is None
    assert program.message == "10 parts"


def test_it_shows_what_is_wrong():
    counter = Counter()
    counter.slot.remove()
    program = HospitalProgram(counter.driver, bureau(counter))
    assert program.read_card() is None
    assert program.message == "无卡"
