"""What a profile says of its payment directory is on the card, byte for byte and in its order, and is read from there.

The bytes are put together here by hand, after PBOC-3 tables 42 and 45 to 47.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

import dualcos
from dualcos.dialogue.directory_reading import read_directory
from dualcos.dialogue.driver import perform_anew
from dualcos.profile.bank_data_groups import static_data
from dualcos.profile.bank_profile import DirectoryEntry, PaymentDirectory
from dualcos.profile.birth_order import birth_order
from dualcos.profile.payment_directory import directory_groups
from dualcos.profile.profile_notes import profile_notes
from dualcos.profile.schema import ProfileError, load, names

BANK = "bank-only"
AID, LABEL = "A000000333010101", "50424F43204445424954"
PSE = bytes.fromhex("315041592E5359532E4444463031")


def obj(tag: str, *contents: str) -> str:
    """A data object of up to 255 bytes in hex."""
    value = "".join(contents)
    size = len(value) // 2
    return f"{tag}{size:02X}{value}" if size < 0x80 else f"{tag}81{size:02X}{value}"


# --- what is on the card ---------------------------------------------------------------------------------------------

HEX = st.binary(min_size=1, max_size=8).map(lambda raw: raw.hex().upper())
KEPT = (("4F",), ("4F", "50"), ("4F", "50", "87"), ("4F", "50", "9F12"), ("4F", "50", "9F12", "87"))
TAGS = st.sampled_from(KEPT).flatmap(st.permutations).map(tuple)
ENTRIES = st.builds(
    lambda tags, name, more: DirectoryEntry(tags=tags, elements={"9F12": name, "87": "02"}, discretionary=more),
    TAGS,
    HEX,
    st.sampled_from(("", "DF2101AA")),
).map(lambda each: structs.replace(each, elements={t: v for t, v in each.elements.items() if t in each.tags}))


@given(
    st.integers(1, 10),
    st.permutations(("88", "5F2D", "9F11")),
    st.sampled_from(("", "9F4D020B0A", "C20454455354")),
    st.lists(ENTRIES, min_size=1, max_size=4),
)
@example(1, ("88", "5F2D"), "", [DirectoryEntry(tags=("87", "4F", "50"))])
@settings(max_examples=30, deadline=None)
def test_groups_hold_what_is_said_in_its_order(sfi, fci, more, entries):
    """By a second writing: one record for each entry, A5 with BF0C behind the rest."""
    own = PaymentDirectory(sfi=sfi, fci=tuple(fci), elements={"9F11": "01"}, discretionary=more, entries=tuple(entries))
    bank = structs.replace(load(BANK).pse, directory=own)
    values = {"88": f"{sfi:02X}", "5F2D": "7A68", "9F11": "01"}
    a5 = obj("A5", *(obj(tag, values[tag]) for tag in fci), obj("BF0C", more) if more else "")
    said = {"4F": AID, "50": LABEL, "87": "01"}
    records = [
        obj(
            "70",
            obj(
                "61",
                *(obj(tag, {**said, **entry.elements}[tag]) for tag in entry.tags),
                obj("73", entry.discretionary) if entry.discretionary else "",
            ),
        )
        for entry in entries
    ]
    wanted = [(sfi << 8 | at, bytes.fromhex(each)) for at, each in enumerate(records, 1)]
    assert list(directory_groups(bank)) == [*wanted, (0x9102, bytes.fromhex(a5))]


FORMS = {
    "as it always was": [],
    "at 0A": ["pse.directory.sfi=10"],
    "nothing but its place": ["pse.directory.sfi=10", 'pse.directory.fci=["88"]'],
    "two records, three entries": [
        'pse.directory.entries=[{}, {record=1, elements={4F="A0000003330101", 50="41"}}, {tags=["9D"]}]',
        "pse.directory.entries[2].elements.9D=A000000333",
    ],
    "an empty preferred name": ['pse.directory.entries=[{tags=["4F", "50", "9F12"], elements={9F12=""}}]'],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_terminal_reads_what_was_ordered(form):
    """Wherever the FCI says the file lies, until a record is missing."""
    profile = load(BANK, settings=FORMS[form])
    read = perform_anew(dualcos.card(profile, 1), read_directory())
    groups = dict(directory_groups(profile.pse))
    a5 = groups.pop(0x9102).hex().upper()
    assert read.fci.hex().upper() == obj("6F", obj("84", PSE.hex().upper()), a5)
    assert {read.sfi << 8 | at: each for at, each in enumerate(read.records, 1)} == groups
    assert next(entry.name.hex().upper() for entry in read.entries if not entry.is_directory) == AID
    further = [entry.name for entry in read.entries if entry.is_directory]
    assert further == [bytes.fromhex("A000000333")] * form.startswith("two records")


def test_a_card_without_directory_has_none():
    assert perform_anew(dualcos.card("social-2.0", 1), read_directory()) is None


# --- what cannot be made, and what is remarked upon ------------------------------------------------------------------

REFUSED = [
    ('pse.directory.fci=["5F2D"]', "$.pse.directory.fci"),
    ('pse.directory.fci=["88", "88"]', "$.pse.directory.fci"),
    ('pse.directory.fci=["88", "5F2D", "5F2D"]', "$.pse.directory.fci"),
    ('pse.directory.fci=["88", "9F11"]', "$.pse.directory.fci"),
    ("pse.directory.sfi=0", "$.pse.directory.sfi"),
    ("pse.directory.sfi=11", "$.pse.directory.sfi"),
    ("pse.directory.elements.5F2D=7A", "$.pse.directory.elements.5F2D"),
    ("pse.directory.elements.9F11=01", "$.pse.directory.elements.9F11"),
    ("pse.directory.discretionary=DF21", "$.pse.directory.discretionary"),
    (f"pse.directory.discretionary=DF2181DC{'00' * 220}", "$.pse.directory.discretionary"),
    (f"pse.directory.discretionary=DF2181DA{'00' * 218}", "$.pse.directory.fci"),
    ("pse.directory.entries=[]", "$.pse.directory.entries"),
    ("pse.directory.entries=[{record=2}]", "$.pse.directory.entries"),
    ("pse.directory.entries=[{record=1}, {record=3}]", "$.pse.directory.entries"),
    ('pse.directory.entries=[{tags=["50"]}]', "$.pse.directory.entries[0].tags"),
    ('pse.directory.entries=[{tags=["4F", "9D"], elements={9D="A000000333"}}]', "$.pse.directory.entries[0].tags"),
    ('pse.directory.entries=[{}, {tags=["4F", "9F12"]}]', "$.pse.directory.entries[1].tags"),
    ('pse.directory.entries=[{elements={4F="A0000003"}}]', "$.pse.directory.entries[0].elements.4F"),
    ('pse.directory.entries=[{elements={50=""}}]', "$.pse.directory.entries[0].elements.50"),
    (f'pse.directory.entries=[{{discretionary="DF2181D9{"00" * 217}"}}]', "$.pse.directory.entries"),
    ("pse.afl=080101", "$.pse.afl"),
    ("pse.afl=08010102", "$.pse.afl"),
    ("pse.afl=08010200", "$.pse.afl"),
    ("pse.issued_records.0101=DF2100", "$.pse.issued_records.0101"),
    ("pse.issued_records.0104=DF21", "$.pse.issued_records.0104"),
    ("pse.issued_records.04=DF2100", "$.pse.issued_records.04"),
]


SAID = [
    ('fci=["5F2D"]', 'fci: put "88" into fci: it names the directory file'),
    ('fci=["88", "88"]', "fci: a tag stands there twice"),
    ('fci=["88", "ZZ"]', "fci: ZZ is no tag"),
    ('={fci=["88", "ZZ"], elements={ZZ="00"}}', "fci: ZZ is no tag"),
    ('fci=["88", "BF0C"]', "fci: BF0C is what $.pse.directory.discretionary makes"),
    ('fci=["88", "9F11"]', "fci: element 9F11 has no value in $.pse.directory.elements, nor in $.pse.elements"),
    ('entries=[{tags=["4F", "73"]}]', "entries[0].tags: 73 is what $.pse.directory.entries[0].discretionary makes"),
    ('entries=[{tags=["4F", "5"]}]', "entries[0].tags: 5 is no tag"),
    ("elements.5F2D=7A", "elements.5F2D: 1 byte is no Language Preference; 2 to 8 bytes are right"),
    (
        'entries=[{elements={4F="A000"}}]',
        "entries[0].elements.4F: 2 bytes are no Application Identifier (AID); 5 to ",
    ),
    (
        'entries=[{elements={87="0101"}}]',
        "entries[0].elements.87: 2 bytes are no Application Priority Indicator; 1 ",
    ),
    ("discretionary=5F2000", "discretionary: 5F20: 0 bytes are no Cardholder Name; 2 to 26 bytes are right"),
    ('entries=[{discretionary="870101870102"}, {}]', ""),
    ('entries=[{discretionary="8700"}, {}]', "entries[0].discretionary: 87: 0 bytes are no Application Priority"),
]


@pytest.mark.parametrize(("setting", "said"), SAID, ids=[each[0][:60] for each in SAID])
def test_what_is_said_of_it_says_what_to_do(setting, said):
    setting = f"pse.directory{setting if setting.startswith('=') else '.' + setting}"
    if not said:
        load(BANK, settings=[setting])
        return
    with pytest.raises(ProfileError) as told:
        load(BANK, settings=[setting])
    assert str(told.value).startswith(f"{BANK}: $.pse.directory.{said}"), told.value


@pytest.mark.parametrize(("setting", "path"), REFUSED, ids=[each[0][:60] for each in REFUSED])
def test_what_no_terminal_could_read_is_refused(setting, path):
    with pytest.raises(ProfileError) as told:
        load(BANK, settings=[setting])
    assert str(told.value).startswith(f"{BANK}: {path}:"), told.value


CDOL1 = obj("8C", load(BANK).pse.elements["8C"])
ENTRIES_SAID, ENTRY = "pse.directory.entries=", "$.pse.directory.entries"
NOTED = [
    (["pse.elements.9F12=", "pse.elements.9F11=01", 'pse.fci=["50", "9F11", "9F12"]'], "$.pse.elements.9F12", "0 byte"),
    (["pse.elements.9F12=41", 'pse.fci=["50", "9F12"]'], "$.pse.fci", "9F11"),
    (['pse.fci=["50", "82"]'], "$.pse.fci", "PBOC-3 table 44"),
    (["pse.elements.9F12=41", 'pse.directory.fci=["88", "9F12"]'], "$.pse.directory.fci", "PBOC-3 table 42"),
    (["pse.directory.elements.5F2D=656E"], "$.pse.directory.elements.5F2D", "656E"),
    ([f'{ENTRIES_SAID}[{{elements={{4F="A000000333010102"}}}}, {{}}]'], f"{ENTRY}[0]", "6A82"),
    ([f'{ENTRIES_SAID}[{{}}, {{tags=["9D"], elements={{9D="A000000333"}}}}]'], f"{ENTRY}[1]", "6A82"),
    ([f"{ENTRIES_SAID}[{{}}, {{}}]"], f"{ENTRY}[1]", "has an entry before"),
    (["pse.afl=08010100"], "$.pse.afl", "no record it names has 5A, 5F24, 8C, 8D; "),
    (["pse.afl=18010100"], "$.pse.afl", "no record it names has 8C, 8D; "),
    (["pse.afl=1801010010060600", f"pse.issued_records.0206={CDOL1}"], "$.pse.afl", "no record it names has 8D; "),
    (["pse.afl=18010100", f"pse.issued_records.0206={CDOL1}"], "$.pse.afl", "no record it names has 8C, 8D; "),
    ([f'{ENTRIES_SAID}[{{tags=["4F", "82"]}}]'], f"{ENTRY}[0].tags", "PBOC-3 tables 46"),
    ([f'{ENTRIES_SAID}[{{tags=["4F", "9F12"], elements={{9F12=""}}}}]'], f"{ENTRY}[0].elements.9F12", "0 byte"),
    ([f'{ENTRIES_SAID}[{{tags=["9D"], elements={{9D="A000000333"}}}}]'], ENTRY, "none names"),
]


@pytest.mark.parametrize(("said", "path", "word"), NOTED, ids=[each[1] + " " + each[2] for each in NOTED])
def test_what_is_unusual_is_remarked_upon_and_made(said, path, word):
    profile = load(BANK, settings=said)
    assert [note for note in profile_notes(profile) if note.startswith(f"{path}: ") and word in note]
    dualcos.card(profile, 1)


@pytest.mark.parametrize("name", names())
def test_nothing_is_unusual_in_what_comes_along(name):
    assert not list(profile_notes(load(name)))


# --- records as issued -----------------------------------------------------------------------------------------------


def test_the_locator_says_what_is_signed_and_in_which_order():
    """PBOC-7 §5: the records of the AFL that count as signed, in its order, then the AIP."""
    bank = load(BANK, settings=["pse.issued_records.0206=8F01F2", "pse.afl=180102021006060108010100"]).pse
    elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}

    def told(dgi: str) -> str:
        return "".join(obj(tag, bank.elements[tag].upper()) for tag in bank.records[dgi])

    assert static_data(bank, elements).hex().upper() == told("0301") + told("0302") + "8F01F2" + bank.elements["82"]


@pytest.mark.parametrize("length", ["07", "8107", "820007"])
def test_a_record_as_it_was_read_is_on_the_card_as_it_was_read(length):
    """With the template 70 that READ RECORD gave, however its length is written; or without, and the same is read."""
    inside = "5F20044142432F"
    for said, read in ((inside, obj("70", inside)), (f"70{length}{inside}", f"70{length}{inside}")):
        profile = load(BANK, settings=[f"pse.issued_records.0206={said}", "pse.afl=180102021006060108010100"])
        assert record_read(profile, 6, 2) == read
        bank = profile.pse
        elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}
        assert static_data(bank, elements).hex().upper().endswith(inside + bank.elements["82"])


@pytest.mark.parametrize("said", ["7000", "DF0100", "7000DF0100", "DF01007000", "70007000", ""])
def test_one_template_and_nothing_else_is_a_records_own(said):
    """Anything else is what stands in it."""
    profile = load(BANK, settings=[f"pse.issued_records.0206={said}"])
    assert record_read(profile, 6, 2) == (said if said == "7000" else obj("70", said))


def test_a_file_without_templates_has_its_records_as_they_are():
    profile = load(BANK, settings=["pse.issued_records.1501=7000"])
    assert record_read(profile, 1, 0x15) == "7000"
    assert record_read(load(BANK, settings=["pse.issued_records.1501=DF0100"]), 1, 0x15) == "DF0100"


def record_read(profile, number: int, sfi: int) -> str:
    card = dualcos.card(profile, 1)
    card.power_on()
    card.exchange(bytes.fromhex(f"00A4040008{AID}"))
    size = card.exchange(bytes((0x00, 0xB2, number, sfi << 3 | 4, 0)))
    answer = card.exchange(bytes((0x00, 0xB2, number, sfi << 3 | 4, size[-1])))
    assert answer.endswith(b"\x90\x00"), answer.hex()
    return answer[:-2].hex().upper()


# --- how far CARD BLOCK reaches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in names() if load(name).pse is not None])
def test_alone_the_bank_blocks_the_card_beside_others_its_own(name):
    profile = load(name)
    alone = profile.ssse is None and profile.pki is None
    assert profile.pse.options.card_block_scope == ("card" if alone else "environment")
    assert birth_order(profile).block_reaches_mf == alone


@pytest.mark.parametrize("name", [BANK, "dual-2.0-3des"])
@pytest.mark.parametrize("scope", ["environment", "card"])
def test_the_scope_can_be_set_either_way(name, scope):
    profile = load(name, settings=[f"pse.options.card_block_scope={scope}"])
    assert profile.pse.options.card_block_scope == scope
    assert birth_order(profile).block_reaches_mf == (scope == "card")
