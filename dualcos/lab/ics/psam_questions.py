"""What is asked of a terminal's key card (终端安全存取模块)."""

from __future__ import annotations

from dualcos.lab.ics.question import FieldOptions, Question

_SIDE = FieldOptions("psam", "psam")
_OPTIONS = FieldOptions("psam.options", "psam")

PSAM_QUESTIONS: tuple[Question, ...] = (
    _SIDE.asks(
        "mf",
        "主文件下环境的算法",
        "cipher of the MF's environment",
        "SSC-9 §5",
        {"": ("无，芯片为空白", "none: the chip is blank"), "3DES": ("3DES", "3DES"), "SM4": ("SM4", "SM4")},
    ),
    _SIDE.asks(
        "sx2",
        "第二个环境（DDF1）的算法",
        "cipher of the second environment, DDF1",
        "SSC-9 §5",
        {"": ("无此环境", "there is none"), "SM4": ("SM4", "SM4")},
    ),
    _SIDE.asks(
        "sx3",
        "第三个环境（sx3.sh.社会保障）的算法",
        "cipher of a third environment, sx3.sh.社会保障",
        "terminal programs",
        {"": ("无此环境", "there is none"), "SM4": ("SM4", "SM4")},
    ),
    _SIDE.asks(
        "tier",
        "所存密钥的级别",
        "whose keys it holds",
        "SSC-9 table B1; 密钥索引表 2013",
        {
            "root": ("国家级根密钥", "national roots"),
            "province": ("省级", "the province's"),
            "city": ("市级", "the city's"),
            "as listed": ("按密钥索引表，各按其级", "each as the tables list it"),
            "none": ("不存全国密钥", "none of the national ones"),
        },
    ),
    _OPTIONS.asks(
        "mac_answer",
        "8 字节算法的 MAC 的长度",
        "what CIPHER DATA answers to a MAC, for 8-byte ciphers",
        "SSC-9 §9.8",
        {"4 bytes": ("4 字节", "4 bytes"), "block": ("整个分组", "the whole block")},
    ),
    _OPTIONS.asks(
        "wrong_mac2",
        "消费贷记中错误的 MAC2",
        "CREDIT SAM FOR PURCHASE with a wrong MAC2",
        "SSC-9 §9.10.1, table 31",
        {"63CF": ("63CF", "63CF"), "9302": ("9302", "9302")},
    ),
    _OPTIONS.asks(
        "session_factor",
        "16 字节算法的过程因子的长度",
        "length of the session factor of 16-byte ciphers",
        "SSC-9 §9.7",
        {"16 or 8": ("16 字节或 8 字节", "16 bytes, or 8"), "16": ("仅 16 字节", "16 bytes alone")},
    ),
    _OPTIONS.asks(
        "factor_order",
        "分散因子的次序",
        "order of the factors of DELIVERY SESSION KEY",
        "SSC-9 §9.9",
        {"card first": ("先卡片", "card first"), "province first": ("先省", "province first")},
    ),
    _OPTIONS.asks(
        "delivered_key",
        "分散所得密钥的有效期",
        "how long a delivered key serves",
        "SSC-9 §9.8",
        {"one type": ("同一类运算", "calculations of one type"), "one calculation": ("一次运算", "one calculation")},
    ),
    _OPTIONS.asks(
        "terminal_sequence",
        "终端交易序号何时加一",
        "when the terminal's sequence number steps",
        "SSC-9 §9.9, §9.10",
        {
            "80 70": ("消费初始化成功时", "with each accepted INIT SAM FOR PURCHASE"),
            "80 72": ("MAC2 正确时", "with a right MAC2"),
        },
    ),
    _OPTIONS.asks(
        "failed_authentication",
        "外部鉴别失败",
        "EXTERNAL AUTHENTICATION that fails",
        "SSC-9 table 18",
        {"63Cx": ("63Cx，与用户卡相同", "63Cx as on the user card"), "6982": ("6982", "6982")},
    ),
    _OPTIONS.asks(
        "initialize_environment",
        "初始化环境命令的作用",
        "what INITIALIZE ENVIRONMENT does",
        "SSC-9 §9.6",
        {
            "picks cipher": ("决定先用哪种算法的密钥", "decides which cipher comes first"),
            "accepted": ("仅接受", "it is only accepted"),
        },
    ),
)
