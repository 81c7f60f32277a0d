"""The invented cardholders (虚构持卡人): one table that samples, tests, profiles and screens take their people from.

Most were born in 1900; who must be younger or older for his case is marked by region, name and account all the same.
A new person is a row here: every command, the bureau's rows and the tests over all profiles know him from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dualcos.profile.invented_holder import Filled, InventedHolder

CITY = "990000"
"""Where the cards of the profiles that come with the package are from."""
_HOME = "990100"
_BIRTH = "19000101"
_MAN, _WOMAN, _NOT_STATED = "1", "2", "9"
_NAME, _EXTENSION = "V2.0 §8.1.2.2", "V2.0 table 9"
_NOT_IN_GBK = "GB 18030"


def _person(
    number: int,
    key: str,
    name: str,
    why: str,
    why_zh: str,
    clause: str = "",
    *,
    sex: str = _MAN,
    **more: Any,  # noqa: ANN401 - fields of the holder
) -> InventedHolder:
    """A row: numbers of person and card follow from ``number``, the rest is usual unless it is given."""
    usual = {"birth": _BIRTH, "ethnic": "01", "registered": _HOME, "sequence": f"{2 * number + (sex == _MAN):03d}"}
    card = {"card_body": f"T{number:07d}", "serial": bytes.fromhex(f"0000A0{number:02d}")}
    return InventedHolder(
        **{**usual, **card, **more}, name=name, sex=sex, key=key, why=why, why_zh=why_zh, clause=clause
    )


# The first holder is on every card that is for nobody else; the region of his number is the card's.
HOLDER = _person(
    1, "ordinary", "测试持卡人", "nothing is special: what every other case is compared with", "普通持卡人，用于对照",
    registered="", sequence="001",
)  # fmt: skip
LONG_NAME = _person(
    2, "name-in-two-items", "测试姓名很长的持卡人·测试姓名扩展·第二段",
    "the name goes on in 4E, behind the first 30 bytes; a terminal must join both", "姓名超过30字节，续在姓名扩展中",
    _EXTENSION, sex=_WOMAN, birth="19000228", ethnic="05", sequence="002",
)  # fmt: skip
STUDENT = _person(
    3, "sex-not-stated", "测试学生", "sex 9, ethnic group 99, a student's card: codes that programs forget",
    "性别未说明、其他民族、学生卡", "V2.0 §8.1.2.3", sex=_NOT_STATED, birth="19001231", ethnic="99", sequence="003",
    card_class="2", id_type="99",
)  # fmt: skip

HOLDERS: tuple[InventedHolder, ...] = (
    HOLDER,
    LONG_NAME,
    STUDENT,
    _person(
        4, "one-character-name", "测", "one character, two bytes: all others of the item are fill",
        "姓名只有一个字，其余均为填充", _NAME,
    ),
    _person(
        5, "name-of-30-bytes", "测试姓名正好三十字节长的持卡人", "the name fills its item: no fill to stop at",
        "姓名正好30字节，没有填充", _NAME, sex=_WOMAN,
    ),
    _person(
        6, "character-across-byte-30", "A测试姓名第三十字节会切断的持卡人",
        "byte 30 would cut a character in two: it goes into 4E whole, 09 keeps 29 bytes and a fill",
        "第30字节会切断一个汉字，该字整体移入姓名扩展", _EXTENSION,
    ),
    _person(
        7, "name-of-50-bytes", "测试姓名与姓名扩展均占满的持卡人其姓名共二十五字整",
        "09 and 4E are both full: the longest name a card holds", "姓名与姓名扩展全部占满", _EXTENSION, sex=_WOMAN,
    ),
    _person(
        8, "middle-dot", "测试·持卡人", "the dot between the parts of a name: A1A4 on the card, many dots in files",
        "姓名含间隔号，卡内为A1A4", _NAME, ethnic="05",
    ),
    _person(
        9, "several-dots", "测试·甲·乙·丙·丁", "four dots: a program that splits at the first one loses the rest",
        "姓名含多个间隔号", _NAME, sex=_WOMAN, ethnic="03",
    ),
    _person(
        10, "rare-two-byte-character", "测试䶮",
        "U+4DAE is FE9F on the card, two bytes that GB 18030 knows and GBK as programs have it does not",
        "生僻字䶮（FE9F），GBK 未收", _NOT_IN_GBK,
    ),
    _person(
        11, "private-use-character", "测试\ue863",
        "U+E863, the private-use form of U+4DAE that older systems wrote: four bytes, and no font shows it",
        "生僻字采用用户自定义区码位（U+E863）", _NOT_IN_GBK, sex=_WOMAN,
    ),
    _person(
        12, "four-byte-character", "测试㛃", "U+36C3 of extension A takes four bytes: 8230B731",
        "扩展A区汉字，四字节编码", _NOT_IN_GBK,
    ),
    _person(
        13, "character-beyond-the-plane", "测试𠀀",
        "U+20000 of extension B: four bytes on the card, two units in programs that count in UTF-16",
        "扩展B区汉字，UTF-16 中占两个单元", _NOT_IN_GBK, sex=_WOMAN,
    ),
    _person(
        14, "four-bytes-across-byte-30", "测试姓名第三十字节切断四字节㛃字",
        "a character of four bytes begins at byte 29: 09 keeps 28 bytes, the rest goes into 4E",
        "四字节字跨越第30字节，整体移入姓名扩展", "GB 18030, V2.0 table 9",
    ),
    _person(
        15, "foreigner-with-spaces", "CESHI JOHN ADAM",
        "a Latin name keeps its spaces; passport, a number of the ministry's without a check character",
        "外国人，姓名含空格，护照，部编号码", "V2.0 §8.1.2.2, §8.2.6.1", given_number="XTS000000000000015",
        id_type="08", id_no="T99000015", nationality="XTS", latin="CESHI/JOHN ADAM", ethnic="99",
    ),
    _person(
        16, "long-latin-name", "CESHI MAXIMILIANA ALEXANDRA WILHELMINA",
        "38 letters: over 30 on the social side, cut to 26 on the bank's, so the two differ",
        "拉丁字母姓名38个字母，两侧长度不同", _EXTENSION, sex=_WOMAN, given_number="XTS000000000000016", id_type="08",
        id_no="T99000016", nationality="XTS", latin="CESHI/MAXIMILIANA ALEXANDR", ethnic="99",
    ),
    _person(
        17, "very-long-latin-name", "CESHI DA SILVA ALEXANDRINA MAXIMILIANA FREDERIKA S",
        "50 letters fill 09 and 4E; 45 on the bank's side need the extension 9F0B",
        "姓名50字节占满两项；银行侧45个字符需要姓名扩展9F0B", "V2.0 table 9, PBOC-5 annex A", sex=_WOMAN,
        given_number="XTS000000000000017", id_type="07", id_no="XTS990000000017", nationality="XTS", ethnic="99",
        latin="CESHI/DA SILVA ALEXANDRINA MAXIMILIANA FREDER",
    ),
    _person(
        18, "latin-name-with-marks", "O'TEST-CESHI ANNE", "apostrophe and hyphen: signs that files and SQL trip over",
        "姓名含撇号和连字符", _NAME, sex=_WOMAN, given_number="XTS000000000000018", id_type="08", id_no="T99000018",
        nationality="XTS", latin="O'TEST-CESHI/ANNE", ethnic="99",
    ),
    _person(
        19, "chinese-and-latin", "测试A持卡人B", "letters between characters: one byte and two bytes mixed",
        "姓名中汉字与字母混排", _NAME,
    ),
    _person(
        20, "x-check-digit", "测试校验码", "the citizen number ends in X: no number, and never a small x",
        "身份号码校验码为X", "GB 11643", sequence="037",
    ),
    _person(
        21, "child-with-guardian", "测试儿童", "seven years old: a guardian stands on the card, card class 1",
        "儿童，需登记监护人", "V2.0 §8.2.2.4", sex=_WOMAN, birth="20160601", card_class="1", guardian="测试监护人",
        guardian_phone="13800000021",
    ),
    _person(
        22, "newborn", "测试婴儿", "born on the day the card was issued: no date of the card is later than the birth",
        "出生当日发卡", "V2.0 §8.1.1.5", birth="20240101", card_class="1", guardian="测试监护人",
        guardian_phone="13800000022",
    ),
    _person(
        23, "centenarian", "测试百岁老人", "124 years old: an age of two digits shows 24; card class 4",
        "百岁老人，年龄为三位数", "V2.0 §8.1.2.6", sex=_WOMAN, card_class="4",
    ),
    _person(
        24, "born-29-february", "测试闰日", "born on 29 February: a day that most years do not have",
        "二月二十九日出生", "V2.0 §8.1.2.6", birth="19040229",
    ),
    _person(
        25, "expired-card", "测试过期卡", "the card expired in 2020 on both sides; the card itself does not look",
        "卡已过有效期", "V2.0 §8.1.1.6", sex=_WOMAN, issued="20100101", expires="20200101",
    ),
    _person(
        26, "no-bank-side", "测试无账户", "the bank has no account for this person: a card with the social side alone",
        "无银行账户，仅社会保障应用", "", account=False,
    ),
    _person(
        27, "empty-items", "测试空项", "nothing but what must be there: the other items are fill, the logs are empty",
        "可选数据项全部为空", "V2.0 §7", sex=_WOMAN, filled=Filled.EMPTY,
    ),
    _person(
        28, "every-item-full", "测试数据项全部占满的持卡人姓名与姓名扩展也都占满了",
        "every item has its greatest length, 4E too: no fill anywhere", "所有数据项均达到最大长度", "V2.0 §7",
        filled=Filled.FULL, given_number="XTS000000000000028", id_type="99", id_no="XTS99" + "0" * 33 + "28",
        nationality="XTS", latin="CE SHI/XIANG MU QUAN MAN A", address="测试省测试市测试区测试路" + "满" * 28,
        guardian="测试监护人" + "满" * 20, guardian_phone="138000000000028",
    ),
    _person(
        29, "full-without-extension", "测试没有姓名扩展的占满持卡人名",
        "every item full on a 1.0 card too, which has no name extension", "无姓名扩展时所有数据项占满", "V2.0 p. 58",
        sex=_WOMAN, filled=Filled.FULL, latin="CE SHI/XIANG MU QUAN MAN B",
        address="测试省测试市测试区测试路" + "满" * 28, guardian="测试监护人" + "满" * 20,
        guardian_phone="138000000000029",
    ),
    _person(
        30, "address-of-80-bytes", "测试长地址", "80 bytes of address fill one item of 2.0, two of 1.0 (62 and 18)",
        "地址80字节：2.0 一项占满，1.0 分为两项", "V2.0 §8.2.1.2",
        address="测试省测试自治州测试县测试镇测试村民委员会测试自然村第一村民小组测试路一百八十号",
    ),
    _person(
        31, "replaced-card", "测试换卡人", "this card was replaced and still answers: only a black list knows",
        "旧卡：已换发，仍可读", "", issued="20180101", expires="20280101",
    ),
    _person(
        32, "replacement-card", "测试换卡人",
        "the successor: same person, number and account, another card number, chip and sequence number",
        "新卡：同一人，卡号、芯片与序列号不同", "PBOC-5 annex A, 5F34", sequence="063", psn="02",
        replaces="replaced-card", account_body="0000031",
    ),
    _person(
        33, "permit-holder", "测试通行证持有人", "a travel permit instead of an identity card: no citizen number",
        "持通行证，无公民身份号码", "", sex=_WOMAN, given_number="990000190001010033", id_type="04", id_no="H99000033",
    ),
    _person(
        34, "card-number-off-check", "测试卡号", "the card number breaks its check character, as issued ones do",
        "卡号校验位不符，实际发行的卡也有", "V2.0 appendix A", card_check="A",
    ),
)  # fmt: skip

BY_KEY: Mapping[str, InventedHolder] = MappingProxyType({each.key: each for each in HOLDERS})
"""The same by what the command line calls them."""
