"""Files, rules and key identifiers of the 2.0 structure, written by hand from the specification.

Not from the card's own tables, so that a slip in either shows.
"""

from __future__ import annotations

from typing import NamedTuple


class FileRow(NamedTuple):
    """One file of the 2.0 structure: ``read`` and ``write`` rules, ``records`` as ``tag:length`` in hex.

    ``kind``: v linear variable, f linear fixed, c cyclic (``records``: length and least number), t transparent
    (``records``: size). Inner items of a B-TLV record stand in brackets; ``*n``: n such records.
    """

    directory: str
    fid: str
    kind: str
    read: str
    write: str
    records: str
    zh: str

    @property
    def sfi(self) -> int:
        """The low byte of the identifier."""
        return int(self.fid, 16) & 0xFF


# V2.0 tables 3 to 9 and appendix B. Free: nothing is needed; A|B either, A&B both; never: only the card itself.
FILES = tuple(
    FileRow(*row)
    for row in (
        ("SSSE", "EF05", "v", "free", "UKSSSE", "01:10 02:01 03:04 04:0C 05:04 06:04 07:09", "发卡机构数据文件"),
        ("SSSE", "EF06", "v", "free", "UKSSSE", "08:12 09:1E 4E:14 0A:01 0B:01 0C:03 0D:04", "持卡人的基本信息文件"),
        ("SSSE", "EF07", "t", "RKSSSE", "UKSSSE", "300", "指纹数据文件"),
        ("SSSE", "EF08", "t", "RKSSSE", "UKSSSE", "1000", "照片信息文件"),
        ("DF01", "EF05", "v", "PIN|RK1DF01", "UK1DF01", "20:02 21:50 0E:03", "户籍信息文件"),
        ("DF01", "EF06", "v", "PIN|RK1DF01", "UK4DF01", "23:50 24:03 28:0F 2C:32 2D:0F", "常住地信息文件"),
        ("DF01", "EF07", "v", "PIN|RK1DF01", "UK2DF01", "29:01", "个人状况信息文件"),
        ("DF01", "EF08", "v", "PIN|RK1DF01", "UK3DF01", "2B:01", "婚姻状况信息文件"),
        ("DF01", "EF09", "v", "PIN|RK1DF01", "UK2DF01", "2E:46 30:09 32:02", "人员身份及就业单位信息文件"),
        ("DF01", "EF0A", "v", "PIN|RK1DF01", "UK5DF01", "37:03 38:02 39:04", "国籍及政治面貌信息文件"),
        ("DF01", "EF15", "v", "PIN|RK1DF01", "UK6DF01", "2A:01 40:34(57:03,58:03,59:28)*3", "学历信息文件"),
        ("DF01", "EF16", "t", "free", "UK7DF01", "128", "预留信息文件1"),
        ("DF01", "EF17", "t", "free", "UK8DF01", "128", "预留信息文件2"),
        ("DF01", "EF18", "t", "free", "UK9DF01", "128", "预留信息文件3"),
        ("DF01", "EF19", "t", "free", "UKADF01", "128", "预留信息文件4"),
        ("DF01", "EF1A", "t", "free", "UKBDF01", "128", "预留信息文件5"),
        (
            "DF02",
            "EF05",
            "v",
            "PIN|RK1DF02",
            "UK1DF02",
            "42:03 41:03 43:6C(5A:07,5B:01,5C:46,5D:04,5E:10)*2 44:65(33:03,34:46,35:04,36:10)*2",
            "职业和专业技能信息文件",
        ),
        (
            "DF02",
            "EF06",
            "v",
            "PIN|RK1DF02",
            "UK2DF02",
            "4C:04 4B:05 4D:03 60:04 4F:06 50:03 3A:07",
            "就业状况信息文件",
        ),
        ("DF02", "EF07", "c", "PIN|RK1DF02", "UK3DF02", "55:4", "就业记录信息文件"),
        ("DF02", "EF09", "v", "PIN|RK1DF02", "UK4DF02", "55:10 56:46 96:04 97:03", "就业失业登记证信息文件"),
        (
            "DF02",
            "EF15",
            "v",
            "PIN|RK1DF02",
            "UK5DF02",
            "99:10(10:03,11:04,12:03)*4 0F:04 1F:03",
            "就业援助对象认定信息文件",
        ),
        ("DF02", "EF16", "c", "PIN|RK1DF02", "UK6DF02", "12:4", "就业扶持政策享受信息文件"),
        (
            "DF03",
            "EF05",
            "v",
            "PIN|RK2DF03",
            "UK1DF03",
            "61:03 98:04 62:04 63:03 64:03 65:03 66:03",
            "失业保险信息文件",
        ),
        (
            "DF03",
            "EF06",
            "v",
            "PIN|RK1DF03",
            "UK2DF03",
            "45:14 46:02 47:02 48:01 49:01 67:04 6B:3C 4A:61(13:02,14:01,15:14,16:04,17:3C)*3",
            "劳动能力鉴定信息文件",
        ),
        ("DF03", "EF07", "v", "PIN|RK1DF03", "UK3DF03", "70:03 71:03 6E:04 6C:04 6F:04 73:04", "养老保险信息文件"),
        ("DF03", "EF15", "v", "PIN|RK1DF03", "UK4DF03", "7A:03 7B:04 7C:04", "工伤保险信息文件"),
        ("DF03", "EF16", "v", "PIN|RK1DF03", "UK5DF03", "51:03 5F:01", "生育保险信息文件"),
        ("DF03", "EF17", "v", "PIN|RK1DF03", "UK6DF03", "3B:14 3C:46 3D:01 3E:04 3F:3C", "工伤认定信息文件"),
        ("DF03", "EF18", "v", "PIN|RK1DF03", "UK7DF03", "74:03 75:03 76:01 77:04 78:04", "供养亲属信息文件"),
        (
            "DF03",
            "EF19",
            "f",
            "PIN|RK1DF03",
            "UK8DF03",
            "79:27(18:03,19:03,1A:04,1B:04,1C:04,1D:03,1E:04)*4",
            "参保凭证信息文件",
        ),
        (
            "DF04",
            "EF05",
            "v",
            "PIN|RK1DF04",
            "UK1DF04",
            "81:08 84:03 87:11 8C:01 80:04 8B:1D 8A:0F 83:09 86:09 89:09 7D:09 7E:09 7F:09 8D:09 8E:09 8F:01",
            "医疗保险基本信息文件",
        ),
        ("DF04", "EF06", "v", "PIN&RK1DF04", "UK2DF04", "90:01 92:04 93:02", "医疗保险临时脱网结算信息文件"),
        ("DF04", "EF08", "c", "PIN", "never", "1C:0", "医疗交易明细文件"),
        ("DF04", "EF15", "c", "PIN|RK1DF04", "UK2DF04", "03:8", "特殊医疗结算记录文件"),
        (
            "DF05",
            "EF05",
            "v",
            "free",
            "UK1DF05",
            (
                "A0:01 A1:01 B9:01 A2:04 A9:01 A3:18(A5:10,A6:04)*5 A4:17(A7:10,A8:03)*5 BA:14 BB:64 AA:14 AB:04"
                " AC:01 AD:01 AE:01 AF:01 B0:01 B1:01 B2:01 B3:01 B4:01 B5:01 B6:01 B7:01 BC:01 B8:28"
            ),
            "生命与健康信息文件",
        ),
        (
            "DF06",
            "EF05",
            "v",
            "RK1DF06",
            "UK1DF06",
            (
                "C0:46 C2:09 C3:1A(E3:01,E4:04,E5:04,E6:04,E7:03) C4:1A(E3:01,E4:04,E5:04,E6:04,E7:03)"
                " C5:1A(E3:01,E4:04,E5:04,E6:04,E7:03)"
            ),
            "社会救助信息文件",
        ),
        (
            "DF06",
            "EF06",
            "v",
            "RK1DF06",
            "UK2DF06",
            (
                "C6:46 C8:09 C9:01 CA:04 CB:04 CC:04 CD:02 CE:01 CF:04 D0:04 D1:04 D2:03 D3:01 D4:04 D5:04 D6:04 D7:03"
                " D8:01 D9:04 DA:04 DB:04 DC:04 DD:04 DE:04 DF:03 E0:03 E1:02 E2:02"
            ),
            "优待抚恤信息文件",
        ),
        ("DF07", "EF05", "v", "RK1DF07", "UK1DF07", "F0:02 F1:01 F2:04 F3:03 F4:04", "荣誉信息文件"),
        ("DF07", "EF06", "v", "RK2DF07", "UK2DF07", "F5:03 F6:04 F7:46", "专家信息文件"),
        ("DF07", "EF07", "v", "RK3DF07", "UK3DF07", "F8:04 F9:01", "军队转业干部信息文件"),
    )
)

# Key identifiers, P2 of EXTERNAL AUTHENTICATION: SSC-9 table B1, 密钥索引表 2013. Three groups of each.
KIDS = {
    "UKSSSE": "04",
    "RKSSSE": "0A",
    **{
        f"UK{n}DF01": f"{kid:02X}"
        for n, kid in zip("123456789AB", (*range(0x83, 0x88), *range(0x89, 0x8F)), strict=True)
    },
    "RK1DF01": "88",
    **{f"UK{n}DF02": f"{kid:02X}" for n, kid in zip("123456", (*range(0x83, 0x88), 0x89), strict=True)},
    "RK1DF02": "88",
    "RK1DF03": "84",
    "RK2DF03": "85",
    **{f"UK{n}DF03": f"{0x85 + n:02X}" for n in range(1, 9)},
    "RK1DF04": "84",
    "UK1DF04": "85",
    "UK2DF04": "86",
    "DSK": "87",
    "UK1DF05": "83",
    "RK1DF06": "83",
    "UK1DF06": "85",
    "UK2DF06": "86",
    **{f"RK{n}DF07": f"{0x82 + n:02X}" for n in (1, 2, 3)},
    **{f"UK{n}DF07": f"{0x85 + n:02X}" for n in (1, 2, 3)},
}
