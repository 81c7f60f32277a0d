"""Rows of both sides that say something in every column; a social one for each edition. Invented, as all people."""

from __future__ import annotations

from dualcos.issuance.exchange.input_files import RawRow

_PHOTO = "/9j/2Q=="

SOCIAL_2 = {
    "row_id": "1",
    "batch_no": "B1",
    "ssn": "99990119880229002X",
    "name": "测试乙·丙",
    "id_type": "01",
    "sex": "2",
    "ethnic": "05",
    "birth_date": "19880229",
    "birth_place": "999902",
    "city_code": "999901",
    "card_class": "3",
    "spec_version": "2.00",
    "init_org": "9156000002999901999903D5",
    "issue_date": "20260102",
    "expiry_date": "20351230",
    "card_no": "T00000028",
    "card_ident": "999901D15600000510000B26A1B2C3D4",
    "reg_type": "11",
    "reg_addr": "测试省测试市户口路1号",
    "reg_region": "999904",
    "res_addr": "测试省测试市常住路2号",
    "res_region": "999905",
    "phone": "13800000001",
    "guardian_name": "测试监护人",
    "guardian_phone": "13800000002",
    "guardian_id_type": "02",
    "guardian_id": "G0000001",
    "employ_state": "5",
    "marital": "4",
    "employer": "测试单位甲",
    "employer_code": "TEST00001",
    "identity_class": "24",
    "nationality": "XXA",
    "medical_scheme": "31010100",
    "medical_region": "999906",
    "medical_kind": "21",
    "medical_account": "TEST0000000000001",
    "extra": '{"DF01/EF0A/38": "13"}',
    "photo": _PHOTO,
    "pin": "135790",
    "apply_type": "replace",
    "apply_reason": "测试原因",
    "old_card_no": "T0000001X",
    "bank_code": "999",
    "outlet_code": "001",
    "mobile": "13900000003",
    "post_code": "999907",
    "mail_addr": "测试省测试市通讯路3号",
    "recipient": "测试收件人",
    "unit_no": "U1",
    "unit_name": "测试单位乙",
}
# 1.0 codes the registration category in one character, and its account numbers have ten.
SOCIAL_1 = SOCIAL_2 | {
    "spec_version": "1.00",
    "reg_type": "7",
    "reg_addr": "测试" * 17 + "户口路1号",
    "employer": "测试" * 16 + "单位",
    "mail_addr": "测试" * 17 + "通讯路3号",
    "medical_account": "TEST000001",
    "extra": '{"DF01/EF0A/37": "00012345"}',
}
SOCIAL_3 = SOCIAL_2 | {"spec_version": "3.00", "name": "SMITH JOHN THE OLDER OF TESTINGHAM"}
BANK = {
    "row_id": "1",
    "batch_no": "B1",
    "ssn": SOCIAL_2["ssn"],
    "name": SOCIAL_2["name"],
    "name_latin": "CE SHI/YI BING",
    "id_type": "00",
    "id_no": SOCIAL_2["ssn"],
    "birth_date": "19880229",
    "sex": "2",
    "pan": "6212340100000043028",
    "psn": "01",
    "account_no": "990000000000000001",
    "expiry": "351130",
    "effective": "260103",
    "service_code": "220",
    "track2_disc": "000123",
    "track1_disc": "TEST 1",
    "product_flags": "4A",
    "profile": "debit",
    "ca_index": "F1",
    "issuer_key_id": "K1",
    "dki": "1",
    "offline_pin": "246802",
    "ptl": "5",
    "kyc_result": "ok",
    "kyc_reason": "测试",
    "limits": "9F58=03;9F59=05",
}


def raw_row(values: dict[str, str], number: int = 1) -> RawRow:
    """As a file gives it: empty values are not there."""
    return RawRow(number, {column: value for column, value in values.items() if value})
