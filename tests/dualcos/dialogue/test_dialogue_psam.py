"""A PSAM's session: the commands of SSC-9 byte by byte, and a settlement between a user card and a PSAM."""

from __future__ import annotations

import dualcos
from apdu.status import SW
from dualcos.dialogue import medical
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import read_binary, select_name
from dualcos.dialogue.making import SOCIAL_FORM
from dualcos.dialogue.psam import (
    ENCIPHER,
    MAC_BEGIN,
    PsamFile,
    PsamHost,
    PsamKey,
    SettlingCard,
    authority_header,
)
from dualcos.profile.psam_order import psam_order
from dualcos.profile.schema import load
from keys.algorithms import SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, open_created_key
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

F3, F2 = bytes.fromhex("869931010000A1B2"), b"310100sx"
FACTOR = bytes.fromhex("9F4C21E07B3A58D6")
TIME = bytes.fromhex("20240115093000")
MASTER = KeyHandle(TDES, bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295"))
HOST = PsamHost(b"sx")


def said(dialogue, *answers):
    """The commands of a dialogue that is given these answers, then 9000."""
    waiting, commands = [bytes.fromhex(answer) for answer in answers], []
    try:
        command = next(dialogue)
        while True:
            commands.append(command.hex().upper())
            command = dialogue.send(waiting.pop(0) if waiting else b"\x90\x00")
    except StopIteration:
        return commands


def test_where_one_is():
    assert said(HOST.home()) == ["00A40400027378"]
    assert said(HOST.application()) == ["00A4040006D15600000590"]


def test_factors_go_card_first_and_the_session_factor_last():
    """SSC-9 §9.7."""
    delivered = said(HOST.deliver(PsamKeyHead(0x47, 0x13, 0), (F3, F2), FACTOR))
    assert delivered == ["BFDE471318" + "869931010000A1B2" + "3331303130307378" + "9F4C21E07B3A58D6"]


def test_calculating():
    """SSC-9 §9.2, §9.8."""
    assert said(HOST.calculate(ENCIPHER, bytes(8))) == ["80FA000008" + "00" * 8]
    assert said(HOST.calculate(MAC_BEGIN, bytes(8))) == ["80FA070008" + "00" * 8]
    assert said(HOST.initialise(0x31)) == ["BFEC00000131"]


def test_a_purchase_as_the_psam_hears_of_it():
    """SSC-9 §9.9: neither terminal nor sequence of the terminal are sent."""
    card = SettlingCard(bytes.fromhex("C7D1042E"), 1, 0x01, 0x00, (F3,))
    order = Purchase(0x3E8, 0xC8, 0x7D0, b"\xff" * 6, b"\xff" * 4, TIME)
    sums = "000003E8000000C8000007D0"
    assert said(HOST.begin_purchase(card, order)) == [
        "8070010024" + "C7D1042E" + "0001" + sums + "32" + "20240115093000" + "0100" + "869931010000A1B2"
    ]
    assert said(HOST.credit(bytes.fromhex("E5A233B9"))) == ["8072000004E5A233B9"]


def test_an_authority_is_loaded_at_its_own_level():
    assert authority_header(2, TDES).encode().hex().upper() == "0D0201EF33002210"
    assert authority_header(3, SM4, 5).encode().hex().upper() == "0D0301EF55" + f"{SM4.social:02X}" + "3310"


def test_a_key_travels_enciphered_under_a_random_number_of_four():
    """SSC-9 §7.1: LD, head and value under the application's master key."""
    made = PsamKey(PsamFile.CITY_KEYS, PsamKeyHead(0x27, 0x3F, 0), KeyHandle(TDES, bytes(range(16))))
    challenge, command = said(HOST.create_key(MASTER, made), "C7D1042E9000")
    assert challenge == "0084000004"
    assert command[:10] == "84D4001324"
    assert open_created_key(MASTER, bytes.fromhex(command)[5:-4]) == (made.head, bytes(range(16)))


def test_a_refused_random_number_is_no_fault_of_the_host():
    select, challenge, proof = said(SOCIAL_FORM.enter(HOST.application_name, MASTER, 3), "9000", "6E00")
    assert (select, challenge, proof[:10]) == ("00A4040006D15600000590", "0084000008", "0082000310")
    assert proof.endswith("00" * 8)


def test_a_settlement_between_a_card_and_a_psam():
    """The terminal copies: MAC1 of the PSAM satisfies the card, MAC2 of the card the PSAM (SSC-7 §12, SSC-9 §9)."""
    made = load("psam-3des")
    card, psam = dualcos.card("social-2.0"), dualcos.card(made)
    atr = card.power_on()
    psam.power_on()
    host = PsamHost(psam_order(made, made.psam).environments[0].name)
    perform(psam, host.home())
    terminal = perform(psam, read_binary(PsamFile.TERMINAL, 6)).data
    perform(psam, host.application())
    index = perform(psam, read_binary(PsamFile.NATIONAL, 1)).data[0]
    for name in (host.name, bytes.fromhex("D15600000503")):
        assert perform(card, select_name(name)).sw == SW.OK
    assert card.exchange(bytes.fromhex("0020000003123456")) == b"\x90\x00"
    account = medical.MedicalAccount(MASTER, MASTER, index)  # its keys lie in the PSAM, not here
    order = Purchase(0, 0xC8, 0x7D0, terminal, b"", TIME)
    begun = perform(card, account.initialize_purchase(order)).data
    settling = SettlingCard(begun[18:22], int.from_bytes(begun[14:16], "big"), begun[16], begun[17], (atr[-8:],))
    answer = perform(psam, host.begin_purchase(settling, order))
    assert answer.sw == SW.OK
    paid = card.exchange(bytes.fromhex("B02C01000F") + answer.data[:4] + TIME + answer.data[4:])
    assert paid[:1] == b"\x61"
    shown = card.exchange(bytes.fromhex("00C00000") + paid[1:])
    assert perform(psam, host.credit(shown[4:8])).sw == SW.OK
