"""Inputs the issuance tests share: the worked case of both files, the bank terms of the test template."""

from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.profile.schema import load

POLICY = Policy(synthetic=True, today="20261123")
TERMS = BankTerms({"debit": load("dual-2.0-3des").pse}, plain_pins=True)

SOCIAL = {
    "batch_no": "B1",
    "id_type": "01",
    "ethnic": "01",
    "city_code": "999901",
    "card_class": "3",
    "spec_version": "2.00",
    "init_org": "915600000299990199990101",
    "issue_date": "20260101",
    "expiry_date": "20351231",
    "apply_type": "new",
    "bank_code": "999",
    "outlet_code": "001",
}
BANK = {
    "batch_no": "B1",
    "id_type": "00",
    "psn": "01",
    "expiry": "3512",
    "service_code": "220",
    "profile": "debit",
    "dki": "1",
    "kyc_result": "ok",
}
PEOPLE = (
    ("999901198802290011", "测试甲", "1", "T0000001X"),
    ("99990119880229002X", "测试乙·丙", "2", "T00000028"),
    ("999901200112311030", "测试丁", "1", "T00000036"),
    ("99990119750615204X", "测试戊", "2", "T00000044"),
    ("999901199909093050", "测试己", "1", "T00000052"),
)
ACCOUNTS = (
    ("999901198802290011", "测试甲", "6212340100000043010"),
    ("99990119880229002x", "测试乙•丙", "6212340100000043028"),
    ("999901200112311030", "测试子", "6212340100000043036"),
    ("99990119750615204X", "测试戊", "6212340100000043044"),
    ("99990119750615204X", "测试戊", "6212340100000043044"),
    ("999901199909093055", "测试己", "6212340100000042194"),
)


def bureau_input():
    return [
        {**SOCIAL, "row_id": str(n), "ssn": ssn, "name": name, "sex": sex, "birth_date": ssn[6:14], "card_no": card}
        for n, (ssn, name, sex, card) in enumerate(PEOPLE, 1)
    ]


def bank_input():
    return [
        {**BANK, "row_id": str(n), "ssn": ssn, "name": name, "id_no": ssn, "pan": pan}
        for n, (ssn, name, pan) in enumerate(ACCOUNTS, 1)
    ]


def read_social(path, policy=POLICY):
    return social_rows.load(path, policy)


def read_bank(path, terms=TERMS, policy=POLICY):
    return bank_rows.load(path, terms, policy)
