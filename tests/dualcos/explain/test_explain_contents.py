"""The inspector shows files, rules and keys as the tables have them, and no key value."""

from __future__ import annotations

import pytest
from explain_bench import profile

import dualcos
from cos.ssse.tables.table_model import Version
from dualcos.explain.card_contents import contents
from dualcos.explain.command_matrix import matrix, ranges
from dualcos.profile.schema import load


@pytest.fixture(scope="module")
def seen():
    return contents(dualcos.card(profile(), 0).dump())


def directory(seen, fid):
    return next(one for each in seen.environments for one in each.directories if one.fid == fid)


def test_edition_and_directories(seen):
    """V2.0 table 2: DF01 to DF04 and DF07; DF05 and DF06 of appendix B."""
    assert seen.version is Version.V2
    social = next(each for each in seen.environments if each.label == "ssse")
    assert [one.fid for one in social.directories][:5] == [0xDDF1, 0xDF01, 0xDF02, 0xDF03, 0xDF04]


@pytest.mark.parametrize(
    ("fid", "ef", "read", "update"),
    [
        (0xDDF1, 0xEF06, "free 自由", "UKSSSE"),
        (0xDDF1, 0xEF07, "RKSSSE", "UKSSSE"),
        (0xDF01, 0xEF05, "PIN or RK1DF01", "UK1DF01"),
        (0xDF03, 0xEF05, "PIN or RK2DF03", "UK1DF03"),
    ],
)
def test_rules_in_words(seen, fid, ef, read, update):
    file = next(one for one in directory(seen, fid).files if one.fid == ef)
    assert (file.read, file.update) == (read, update)


def test_regional_files_and_their_keys_have_names():
    """The keys that a PSAM delivers as 48/5D and 48/13 (密钥索引表 2013)."""
    settings = ['ssse.extensions=["SSSE/EF0C", "SSSE/EF0D"]']
    home = directory(contents(dualcos.card(load("social-2.0", settings=settings), 0).dump()), 0xDDF1)
    files = {file.fid: (file.read, file.update) for file in home.files}
    assert (files[0xEF0C], files[0xEF0D]) == (("RKEF0C", "UKSSSE"), ("free 自由", "UK1SSSE"))
    named = {key.kid: key.name for key in home.keys}
    assert named[0x07].startswith("RKEF0C")
    assert named[0x0D].startswith("UK1SSSE")


def test_keys_have_check_values_and_tries(seen):
    keys = [key for key in directory(seen, 0xDDF1).keys if key.name.startswith("RKSSSE")]
    assert [key.version for key in keys] == [1, 2, 3]
    assert {key.kid for key in keys} == {0x0A}
    assert all(len(key.kcv) == 6 and key.tries == "3 of 3" for key in keys)


@pytest.mark.parametrize("sfi", [1, 3])
def test_records_of_the_payment_directory_are_its_entries(sfi):
    """PBOC-3 §12.2: in the environment a record is one of the directory file; in the application the tables name it."""
    bank = contents(dualcos.card(load("bank-only", settings=[f"pse.directory.sfi={sfi}"]), 0).dump())
    environment = next(one for each in bank.environments for one in each.directories if one.name.startswith("PSE"))
    application = next(one for each in bank.environments for one in each.directories if one.name.startswith("ADF"))
    assert [(one.number, one.content) for one in environment.groups] == [
        (sfi << 8 | 1, "directory entries"),
        (0x9102, "FCI, contact interface"),
    ]
    named = {one.number: one.content for one in application.groups}
    assert named[0x0101] == "track data and name"
    assert "directory entries" not in named.values()


def test_no_value_comes_out(seen):
    shown = repr(seen).upper()
    own = profile()
    for secret in (own.card_master_key, own.transport_key, own.social_key("master")):
        assert secret.hex().upper() not in shown
        assert secret.hex().upper()[:12] not in shown
    assert "123456" not in shown


def test_matrix_has_every_row_and_marks_secrets():
    rows = matrix()
    verify = next(row for row in rows if row.name == "VERIFY")
    assert (verify.cla, verify.ins, verify.secret) == ("00", "20", "data")
    assert "63Cx" in verify.words
    assert {row.environment for row in rows} >= {"manager", "ssse"}


def test_ranges():
    assert ranges({0, 4, 5, 6, 7}) == "00 04-07"
    assert ranges(range(256)) == "xx"
    assert ranges(()) == ""


def test_the_bank_side_by_its_groups():
    """PBOC-10 tables 2 to 22: groups by number; the key groups 8xxx are not shown."""
    whole = contents(dualcos.card("dual-2.0-3des", 0).dump())
    application = next(one for each in whole.environments for one in each.directories if one.name.startswith("ADF"))
    assert 0x0301 in [group.number for group in application.groups]
    assert not [group for group in application.groups if group.number >> 12 == 8]
    kinds = {key.name.partition(" ")[0]: key for key in application.keys}
    assert {"AC", "MAC", "ENC", "PIN"} <= set(kinds)
    assert kinds["PIN"].kcv == ""
    assert len(kinds["AC"].kcv) == 6


def test_a_psam_is_known_as_one():
    whole = contents(dualcos.card("psam-3des", 0).dump())
    assert whole.environments[0].label == "psam"
    files = [file.name for each in whole.environments for one in each.directories for file in one.files]
    assert "public information 公共信息" in files


def test_a_psam_shows_its_keys_for_user_cards():
    """SSC-9 §6.2: usage and identifier; the usage's steps are the factors of DELIVERY SESSION KEY."""
    (seen,) = contents(dualcos.card("psam-mixed-tiers", 0).dump()).environments
    keys = {(key.place, f"{key.usage:02X}/{key.identifier:02X}"): key for key in seen.records}
    assert {key.factors for key in seen.records} == {1, 2, 3}
    assert keys["DF01/0011", "67/2B"].name == "RK1DF03 应用数据读取"
    assert keys["DF01/0012", "48/13"].name == "UK1SSSE 应用数据更新"
    assert keys["DF01/0011", "22/02"].name == "DPK 医疗消费"
    assert (keys["DF01/0011", "67/2B"].factors, keys["DF01/0011", "67/2B"].algorithm) == (3, "3DES")
    kcv = {key.kcv for key in seen.records}
    assert all(len(each) == 6 for each in kcv)
    assert len(kcv) == len(seen.records) - 5  # five keys have a place for MACs and one for enciphering too
    user = contents(dualcos.card("social-2.0", 0).dump())
    assert not any(each.records for each in user.environments)
