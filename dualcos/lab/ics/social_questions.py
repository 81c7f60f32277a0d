"""What is asked of the social side and of the certificates' (社会保障应用、证书应用)."""

from __future__ import annotations

from dualcos.lab.ics.question import TRUE_OR_FALSE, FieldOptions, NamedAnswer, Question
from dualcos.profile.schema import Profile

SSSE = "ssse"
PKI = "pki"
_SIDE = FieldOptions("ssse", SSSE)
_OPTIONS = FieldOptions("ssse.options", SSSE)
_MEDICAL = FieldOptions("ssse.options.medical", SSSE)
_PKI = FieldOptions("pki", PKI)


def _pin_is_set(profile: Profile) -> bool | None:
    return bool(profile.ssse.pin) if profile.ssse is not None else None


_PIN_SET = Question(
    "ssse.pin_set",
    "发卡时设有个人密码",
    "a PIN was set when the card was issued",
    "SSC-5 §6.8.3",
    SSSE,
    ("ssse.pin",),
    _pin_is_set,
    tuple(NamedAnswer(value, *words) for value, words in TRUE_OR_FALSE.items()),
    sets=False,
)

SOCIAL_QUESTIONS: tuple[Question, ...] = (
    _SIDE.asks(
        "version",
        "社会保障卡规范的版本",
        "edition of the social security card",
        "V2.0 §8.1.1.1",
        {"1.0": ("1.0 版", "1.0"), "2.0": ("2.0 版", "2.0"), "3.0": ("3.0 版", "3.0")},
        ("version",),
    ),
    _SIDE.asks(
        "algorithm",
        "社会保障密钥的算法",
        "cipher of the social keys",
        "SSC-5 table 36; SSC-7 §5.3",
        {"3DES": ("DES 与 3DES", "DES and 3DES"), "SM4": ("SM4", "SM4")},
        ("alg",),
    ),
    _PIN_SET,
    _SIDE.asks("pin_tries", "个人密码的最大错误次数", "wrong PINs until the PIN is locked", "SSC-7 §6.6"),
    _SIDE.asks("dir_sfi", "目录文件（DIR）的短文件标识", "short identifier of the DIR file", "SSC-3 §6.3"),
    _SIDE.asks(
        "dir_wrapped",
        "目录文件的条目装在模板 70 中",
        "entries of the DIR file stand inside template 70",
        "SSC-3 §6.3",
        {False: ("否，仅 61", "no, a bare 61"), True: ("是，70 中的 61", "yes, 61 inside 70")},
    ),
    _SIDE.asks(
        "unemployment_in",
        "领取失业保险金的记录（数据项 60）所在的应用",
        "the application that item 60, unemployment benefit, lies in",
        "V2.0 §7",
        {"DF02": ("DF02", "DF02"), "DF03": ("DF03", "DF03")},
    ),
    _SIDE.asks(
        "charset",
        "文字的字符集",
        "character set of texts",
        "V2.0 §7",
        {"gbk": ("GBK", "GBK"), "gb18030": ("GB 18030", "GB 18030")},
    ),
    _OPTIONS.asks(
        "card_block_scope",
        "卡片锁定（社保侧）的范围",
        "how far CARD BLOCK of the social side reaches",
        "SSC-4 §5.5; SSC-5 §6.2; SSC-7 §13.1",
        {"environment": ("仅社保环境", "the social environment"), "card": ("整卡", "the whole card")},
        ("scope",),
    ),
    _OPTIONS.asks(
        "cyclic_number_adds",
        "对循环文件按编号 00 或 01 更新记录即追加",
        "UPDATE RECORD with number 00 or 01 adds to a cyclic file",
        "SSC-5 §6.13",
        {True: ("是，追加", "yes"), False: ("否，替换；仅“上一条”追加", "no: it replaces, and only previous adds")},
    ),
    _OPTIONS.asks(
        "select_ef_p1",
        "选择文件的 P1",
        "P1 of SELECT for files and directories",
        "SSC-5 table 35",
        {
            "field": ("00 也可选基本文件，01 也可选目录", "00 selects an EF too, and 01 a directory"),
            "standard": ("仅按表 35", "as table 35 alone"),
        },
    ),
    _OPTIONS.asks(
        "read_binary_le00",
        "READ BINARY 的 Le 为 00 而剩余不足 256 字节",
        "READ BINARY with Le 00 and fewer than 256 bytes left",
        "SSC-2 §9.3.2.1; SSC-5 §6.9.4",
        {
            "transmission": ("与其他读命令相同", "as the card answers reads in general"),
            "data": ("直接返回数据", "the data at once"),
        },
    ),
    _OPTIONS.asks(
        "get_response_nothing",
        "无数据可取时的取响应",
        "GET RESPONSE with nothing waiting",
        "SSC-5 table 21; SSC-2 table 19",
        {"6F00": ("6F00", "6F00"), "6400": ("6400", "6400")},
    ),
    _OPTIONS.asks(
        "missing_mac",
        "安全报文缺 MAC",
        "a secured command without room for a MAC",
        "SSC-7 §7.4; SSC-5 table 27",
        {"6987": ("6987", "6987"), "6988": ("6988", "6988")},
    ),
    _OPTIONS.asks(
        "secured_updates",
        "类别 04 的更新命令的数据",
        "the data of an UPDATE of class 04",
        "SSC-4 §8.1",
        {"MAC": ("明文加 MAC", "plain, with a MAC"), "enciphered": ("密文加 MAC", "enciphered, with a MAC")},
    ),
    _OPTIONS.asks(
        "block_keys_lock",
        "锁定密钥 BK、LK 因鉴别失败而锁死",
        "BK and LK are locked by failures",
        "SSC-7 §6.6, §13.1, §13.2",
        {False: ("否，永不", "never"), True: ("是，与其他密钥相同", "as every key")},
    ),
    _OPTIONS.asks(
        "wrong_mac_counts_for_puk",
        "PIN CHANGE/UNBLOCK 的错误 MAC 计入 PUK 的错误次数",
        "a wrong MAC in PIN CHANGE/UNBLOCK costs PUK a try",
        "SSC-7 §13.3, §6.6",
        {True: ("是", "yes"), False: ("否，仅鉴别失败计入", "no, only failed authentications do")},
    ),
    _OPTIONS.asks(
        "unblock_may_clear_pin",
        "仅带 MAC 的 PIN CHANGE/UNBLOCK（P2 01）清除密码",
        "PIN CHANGE/UNBLOCK, P2 01, with the MAC alone clears the PIN",
        "SSC-5 §6.8.3, table 26",
        {True: ("是", "yes"), False: ("否，6700", "no, 6700")},
    ),
    _OPTIONS.asks(
        "blocked_twice",
        "应用已锁定时再次应用锁定",
        "APPLICATION BLOCK while it is blocked already",
        "SSC-7 §13.2; SSC-5 §6.1.5",
        {"9303": ("9303，与其他命令相同", "9303, like every command"), "9000": ("9000", "9000")},
    ),
    _MEDICAL.asks(
        "type_code",
        "医保交易类型的编码",
        "code of a medical transaction's type",
        "V2.0 table 51",
        {"character": ("字符“1”“2”", 'the characters "1" and "2"'), "binary": ("数值 01、02", "the numbers 01 and 02")},
    ),
    _MEDICAL.asks(
        "initialize_lasts",
        "初始化之后允许查询余额和交易验证",
        "what may come between INITIALIZE and CREDIT or DEBIT",
        "SSC-5 table 49, §7.5.1, §7.6.1",
        {
            "table": ("按表 49 允许", "GET BALANCE and GET TRANSACTION PROOF, as in table 49"),
            "next command": ("仅对下一条命令有效", "nothing: it serves the next command only"),
        },
    ),
    _MEDICAL.asks(
        "tac_balance",
        "划入交易 TAC 中的余额",
        "the balance in the TAC of a load",
        "SSC-7 §11.8",
        {"new": ("交易后", "the one after it"), "old": ("交易前", "the one before it")},
    ),
    _MEDICAL.asks(
        "load_proof_mac",
        "取交易验证给出的划入交易的 MAC",
        "the MAC that GET TRANSACTION PROOF gives of a load",
        "SSC-5 table 63; SSC-7 §14",
        {"MAC1": ("初始化时的 MAC1", "MAC1 of its INITIALIZE"), "MAC2": ("主机的 MAC2", "the host's MAC2")},
    ),
    _MEDICAL.asks(
        "logged_sequence",
        "交易明细和交易验证中的交易序号",
        "the sequence number in log and proof",
        "SSC-7 §11, §14",
        {
            "before": ("初始化应答的序号", "the one that INITIALIZE answered"),
            "after": ("加一之后", "the one it steps to"),
        },
    ),
    _MEDICAL.asks(
        "starting_day_right",
        "更新医疗年度起始日所需的权限",
        "what UPDATE STARTING DAY needs",
        "SSC-5 §7.7.1",
        {"DSK": ("DSK", "DSK"), "master key": ("主控密钥", "the master key")},
    ),
    _MEDICAL.asks(
        "read_starting_day",
        "读医疗年度起始日所需的权限",
        "what GET STARTING DAY needs",
        "SSC-5 table 78",
        {"free": ("自由", "nothing"), "PIN": ("个人密码", "the PIN")},
    ),
)

PKI_QUESTIONS: tuple[Question, ...] = (
    _PKI.asks(
        "pin_tries", "证书环境密码的最大错误次数", "wrong PINs until a PIN of the PKI side is locked", "PKI.社会保障"
    ),
    _PKI.asks(
        "certificate_write",
        "写证书文件所需的密码",
        "the PIN that opens the certificate files for writing",
        "issuing programs",
        {"user PIN": ("用户密码", "the user PIN"), "manager PIN": ("管理员密码", "the manager PIN")},
    ),
)
