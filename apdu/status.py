"""Status words (状态字): the two bytes at the end of every answer.

Any 16-bit value is legal; the constants are those the two specifications use. Texts: ISO 7816-4,
社会保障（个人）卡规范 part 5 table 5, JR/T 0025.5 annex B.
"""

from __future__ import annotations


class StatusWord(int):
    """One status word, SW1 ‖ SW2, 0..FFFF. Compares and hashes as the number it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self):04X}"

    __str__ = __repr__

    @property
    def sw1(self) -> int:
        """The class byte."""
        return self >> 8

    @property
    def sw2(self) -> int:
        """The detail byte."""
        return self & 0xFF

    @property
    def is_success(self) -> bool:
        """9000, or 61xx: more data wait for GET RESPONSE."""
        return self == 0x9000 or self >> 8 == 0x61


class SW:
    """The status words of the two specifications, by name."""

    OK = StatusWord(0x9000)
    WARNING = StatusWord(0x6200)
    DATA_CORRUPT = StatusWord(0x6281)
    APPLICATION_INVALIDATED = StatusWord(0x6283)
    AUTHENTICATION_FAILED = StatusWord(0x6300)
    EXECUTION_ERROR = StatusWord(0x6400)
    MEMORY_FAILURE = StatusWord(0x6581)
    WRONG_LENGTH = StatusWord(0x6700)
    WRONG_STATE = StatusWord(0x6901)
    WRONG_FILE_TYPE = StatusWord(0x6981)
    SECURITY_NOT_SATISFIED = StatusWord(0x6982)
    METHOD_BLOCKED = StatusWord(0x6983)
    REFERENCED_DATA_INVALID = StatusWord(0x6984)
    CONDITIONS_NOT_SATISFIED = StatusWord(0x6985)
    NO_CURRENT_EF = StatusWord(0x6986)
    SM_MISSING = StatusWord(0x6987)
    SM_INCORRECT = StatusWord(0x6988)
    WRONG_DATA = StatusWord(0x6A80)
    FUNCTION_NOT_SUPPORTED = StatusWord(0x6A81)
    FILE_NOT_FOUND = StatusWord(0x6A82)
    RECORD_NOT_FOUND = StatusWord(0x6A83)
    NO_SPACE = StatusWord(0x6A84)
    LC_INCONSISTENT_WITH_TLV = StatusWord(0x6A85)
    WRONG_P1P2 = StatusWord(0x6A86)
    REFERENCED_DATA_NOT_FOUND = StatusWord(0x6A88)
    FILE_EXISTS = StatusWord(0x6A89)
    WRONG_OFFSET = StatusWord(0x6B00)
    INS_NOT_SUPPORTED = StatusWord(0x6D00)
    CLA_NOT_SUPPORTED = StatusWord(0x6E00)
    NO_PRECISE_DIAGNOSIS = StatusWord(0x6F00)
    MAC_INVALID = StatusWord(0x9302)
    APPLICATION_BLOCKED = StatusWord(0x9303)
    INSUFFICIENT_FUNDS = StatusWord(0x9401)
    COUNTER_AT_MAXIMUM = StatusWord(0x9402)
    KEY_INDEX_NOT_SUPPORTED = StatusWord(0x9403)
    MAC_NOT_AVAILABLE = StatusWord(0x9406)


def retries(left: int) -> StatusWord:
    """63Cx: authentication failed, ``left`` tries (0..15) remain."""
    return StatusWord(0x63C0 | min(left, 15))


def more(length: int) -> StatusWord:
    """61xx: ``length`` bytes wait for GET RESPONSE; 256 and above are announced as 00."""
    return StatusWord(0x6100 | (length if length < 256 else 0))


def wrong_le(length: int) -> StatusWord:
    """6Cxx: wrong Le; ``length`` bytes (1..256) are right."""
    return StatusWord(0x6C00 | (length & 0xFF))


_MEANINGS = (
    (0x9000, "done", "正常处理"),
    (0x6200, "warning, no information", "警告"),
    (0x6281, "returned data may be damaged", "回送数据可能出错"),
    (0x6283, "selected file invalidated (application blocked)", "选择的文件无效（应用锁定）"),
    (0x6300, "authentication failed", "认证失败"),
    (0x6400, "execution error, memory unchanged", "执行错误"),
    (0x6581, "memory failure", "内存失败"),
    (0x6700, "wrong length (Lc or Le)", "长度错误"),
    (0x6901, "command not accepted in this state", "命令不接受（无效状态）"),
    (0x6981, "command does not fit the file structure", "命令与文件结构不相容"),
    (0x6982, "security status not satisfied", "不满足安全状态"),
    (0x6983, "authentication method locked", "认证方法锁定"),
    (0x6984, "referenced data invalid (no valid random number)", "引用数据无效"),
    (0x6985, "conditions of use not satisfied", "使用条件不满足"),
    (0x6986, "no current EF", "没有选择当前文件"),
    (0x6987, "secure-messaging data missing", "安全报文数据项丢失"),
    (0x6988, "secure-messaging data incorrect", "安全报文数据项不正确"),
    (0x6A80, "wrong data field", "数据域参数错误"),
    (0x6A81, "function not supported, or card blocked", "不支持此功能或卡锁定"),
    (0x6A82, "file not found", "未找到文件"),
    (0x6A83, "record not found", "未找到记录"),
    (0x6A84, "not enough space", "存储空间不足"),
    (0x6A85, "Lc inconsistent with TLV structure", "Lc与TLV结构不匹配"),
    (0x6A86, "wrong P1 P2", "P1、P2参数错误"),
    (0x6A88, "referenced data (key) not found", "未找到引用数据"),
    (0x6A89, "file already exists", "文件已存在"),
    (0x6B00, "offset beyond the EF", "偏移超出文件"),
    (0x6D00, "instruction not supported", "INS不支持"),
    (0x6E00, "class not supported", "CLA不支持"),
    (0x6F00, "no precise diagnosis (or nothing to return)", "数据无效"),
    (0x9302, "MAC invalid", "MAC无效"),
    (0x9303, "application permanently blocked", "应用永久锁定"),
    (0x9401, "insufficient amount", "金额不足"),
    (0x9402, "transaction counter at its maximum", "交易计数器达到最大值"),
    (0x9403, "key index not supported", "密钥索引不支持"),
    (0x9406, "requested MAC not available", "所需MAC不可用"),
)


def meaning(sw: int) -> str:
    """What ``sw`` says, in English and Chinese; an unknown word keeps its number."""
    if sw >> 8 == 0x61:
        return f"{sw & 0xFF or 256} bytes wait for GET RESPONSE (还有数据)"
    if sw >> 8 == 0x6C:
        return f"wrong Le, right is {sw & 0xFF or 256} (Le错误)"
    if sw & 0xFFF0 == 0x63C0:
        return f"authentication failed, {sw & 15} tries left (还剩{sw & 15}次)"
    for value, english, chinese in _MEANINGS:
        if value == sw:
            return f"{english} ({chinese})"
    return f"status word {sw:04X}"
