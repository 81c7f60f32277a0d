"""What to send or do next, by the id that a finding names: with the APDU where it is always the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.ssse.tables import ssse_holder
from dualcos.explain.catalogue_entry import Wording


def _select(name: bytes) -> str:
    """SELECT by name, as it is sent."""
    return f"00 A4 04 00 {len(name):02X} {name.hex().upper()}"


def _sent(en: str, zh: str, apdu: str) -> Wording:
    return Wording(f"{en}: {apdu}", f"{zh}：{apdu}")


_PKI, _CERTIFICATES, _PSAM = "PKI.社会保障".encode("gbk"), b"SS.CERT.ADF1", bytes.fromhex("D15600000590")
_UNIONPAY = bytes.fromhex("A0000003330101")

NEXT_STEPS: Mapping[str, Wording] = MappingProxyType(
    {
        # selection
        "select-ssse": _sent("select SSSE first", "先选择社会保障系统环境", _select(ssse_holder.NAME)),
        "select-adf": _sent("select the bank's application first", "先选择金融应用", _select(_UNIONPAY)),
        "select-pki": _sent(
            "select the PKI environment first, then SS.CERT.ADF1", "先选择证书环境，再选择 SS.CERT.ADF1", _select(_PKI)
        ),
        "select-cert-adf": _sent("select SS.CERT.ADF1 first", "先选择证书应用 SS.CERT.ADF1", _select(_CERTIFICATES)),
        "select-df04": _sent("select DF04 first", "先选择医疗应用 DF04", "00 A4 00 00 02 DF04"),
        "select-psam-application": _sent("select the PSAM's application first", "先选择 PSAM 的应用", _select(_PSAM)),
        "select-mf": _sent("select the MF first", "先选择主控文件 MF", "00 A4 00 00 02 3F00"),
        "select-application": Wording(
            "select the application that is meant first: 00 A4 00 00 02 DF01 … DF07",
            "先选择要操作的应用：00 A4 00 00 02 DF01 … DF07",
        ),
        "select-environment": Wording(
            "select that environment first, by its name: 00 A4 04 00 Lc name",
            "先按名称选择该环境：00 A4 04 00 Lc 名称",
        ),
        "select-place": Wording("select {there} first: {send}", "先选择 {there}：{send}"),
        "select-file": Wording(
            "name the file: READ or UPDATE RECORD with P2 = SFI × 8 + 4, READ or UPDATE BINARY with P1 = 80 + SFI; or "
            "select it first: 00 A4 02 00 02 and its identifier",
            "指明文件：记录命令 P2 = SFI × 8 + 4，二进制命令 P1 = 80 + SFI；或先选择文件：00 A4 02 00 02 文件标识符",
        ),
        "select-first": Wording(
            "send SELECT with P2 00 first, with the same name", "先用同一名称发送 P2 为 00 的 SELECT"
        ),
        "select-file-by-identifier": Wording(
            "a file of the current directory goes with P1 02: 00 A4 02 00 02 identifier",
            "选择当前目录下的文件用 P1 02：00 A4 02 00 02 标识符",
        ),
        "select-by-name": Wording(
            "a name goes with P1 04: 00 A4 04 00 Lc name", "按名称选择用 P1 04：00 A4 04 00 Lc 名称"
        ),
        "select-by-identifier": Wording(
            "a file identifier goes with P1 00: 00 A4 00 00 02 identifier",
            "按文件标识符选择用 P1 00：00 A4 00 00 02 标识符",
        ),
        # forms of commands
        "record-by-number": Wording(
            "for a record by its number: P1 = number, P2 = SFI × 8 + 4", "按记录号：P1 = 记录号，P2 = SFI × 8 + 4"
        ),
        "file-by-identifier": Wording(
            "P1 = 80 + SFI and P2 = offset, or P1 P2 = offset in the current file",
            "P1 = 80 + SFI、P2 = 偏移量，或 P1 P2 = 当前文件内偏移量",
        ),
        "binary-instead": Wording(
            "the file has no such records: 00 B0 or 00 D6, P1 = 80 + SFI, P2 = offset",
            "该文件不是记录文件：用 00 B0 或 00 D6，P1 = 80 + SFI，P2 = 偏移量",
        ),
        "record-instead": Wording(
            "the file has records: 00 B2 or 00 DC, P1 = number, P2 = SFI × 8 + 4",
            "该文件是记录文件：用 00 B2 或 00 DC，P1 = 记录号，P2 = SFI × 8 + 4",
        ),
        "without-le": Wording("leave Le out", "去掉 Le"),
        "fetch-at-once": Wording(
            "send GET RESPONSE 00 C0 00 00 xx right behind the answer 61xx",
            "收到 61xx 后立即发送 GET RESPONSE：00 C0 00 00 xx",
        ),
        # random numbers, keys, PINs
        "get-challenge": _sent(
            "send GET CHALLENGE just before and use its answer", "紧接此命令之前取随机数并使用其应答", "00 84 00 00 08"
        ),
        "get-challenge-of-16": _sent(
            "send GET CHALLENGE just before and use its answer", "紧接此命令之前取随机数并使用其应答", "00 84 00 00 10"
        ),
        "prove-key": Wording(
            "send GET CHALLENGE 00 84 00 00 08, then EXTERNAL AUTHENTICATION and authentication data: {keys}",
            "发送取随机数 00 84 00 00 08，再发送外部鉴别和鉴别数据：{keys}",
        ),
        "prove-key-and-pin": Wording(
            "send GET CHALLENGE 00 84 00 00 08, then EXTERNAL AUTHENTICATION and authentication data: {keys}; and for "
            "the PIN VERIFY 00 20 00 00, Lc and the PIN",
            "发送取随机数 00 84 00 00 08，再发送外部鉴别和鉴别数据：{keys}；个人密码用 VERIFY：00 20 00 00 Lc 密码",
        ),
        "prove-key-or-pin": Wording(
            "send VERIFY 00 20 00 00, Lc and the PIN; or GET CHALLENGE 00 84 00 00 08, then EXTERNAL AUTHENTICATION "
            "and authentication data: {keys}",
            "发送 VERIFY：00 20 00 00 Lc 密码；或取随机数 00 84 00 00 08，再发送外部鉴别和鉴别数据：{keys}",
        ),
        "key-elsewhere": Wording(
            "keys with that number: {keys}; P2 b8 = 1 means the current application's key, 0 that of SSSE",
            "该标识的密钥：{keys}；P2 b8 = 1 为当前应用的密钥，0 为社会保障系统环境的密钥",
        ),
        "prove-master-key": Wording(
            "send GET CHALLENGE 00 84 00 00 08, then EXTERNAL AUTHENTICATION by the master key: 00 82 00 00 10",
            "发送取随机数 00 84 00 00 08，再用主控密钥外部鉴别：00 82 00 00 10",
        ),
        "prove-master-key-of-bank": Wording(
            "send GET CHALLENGE 00 84 00 00 08, then EXTERNAL AUTHENTICATE by the master key: 00 82 00 00 08",
            "发送取随机数 00 84 00 00 08，再用主控密钥外部认证：00 82 00 00 08",
        ),
        "prove-master-key-of-pki": Wording(
            "send GET CHALLENGE 00 84 00 00 10, then EXTERNAL AUTHENTICATION by the master key: 00 82 00 00 10",
            "发送取随机数 00 84 00 00 10，再用主控密钥外部鉴别：00 82 00 00 10",
        ),
        "prove-transport-key": _sent("prove the transport key first", "先认证传输密钥", "80 E0 03 00 08"),
        "verify-pin": Wording("send VERIFY 00 20 00 00, Lc and the PIN", "发送 VERIFY：00 20 00 00 Lc 密码"),
        "verify-user-pin": Wording(
            "send GET CHALLENGE 00 84 00 00 10, then VERIFY of the user PIN 00 20 01 81 10",
            "发送取随机数 00 84 00 00 10，再校验用户口令：00 20 01 81 10",
        ),
        "unblock-pin": Wording(
            "prove the PUK (00 84 00 00 08, 00 82 00 06 10), then PIN CHANGE/UNBLOCK 84 24 00 00 04 and its MAC",
            "先用解锁密钥外部鉴别（00 84 00 00 08、00 82 00 06 10），再发送个人密码解锁 84 24 00 00 04 和 MAC",
        ),
        "unblock-pin-of-bank": Wording(
            "the issuer's script restores the tries: PIN CHANGE/UNBLOCK 84 24 00 00 04 and its MAC, behind GENERATE AC",
            "由发卡行脚本恢复次数：GENERATE AC 之后的 PIN CHANGE/UNBLOCK 84 24 00 00 04 和 MAC",
        ),
        # transactions
        "gpo": Wording(
            "send GET PROCESSING OPTIONS 80 A8 00 00, Lc, 83, length and what the PDOL asks for",
            "发送 GET PROCESSING OPTIONS：80 A8 00 00 Lc 83 长度 PDOL 数据",
        ),
        "generate-ac": Wording(
            "send the first GENERATE AC: 80 AE 80 00, Lc and what CDOL1 asks for",
            "发送第一次 GENERATE AC：80 AE 80 00 Lc CDOL1 数据",
        ),
        "new-transaction": Wording(
            f"this transaction is past it: select the application anew, {_select(_UNIONPAY)}, and begin another",
            f"本次交易已过此步：重新选择应用 {_select(_UNIONPAY)}，开始新的交易",
        ),
        "initialize-load": _sent(
            "send INITIALIZE FOR LOAD first, nothing between",
            "先发送划入初始化，中间不得有其他命令",
            "B0 28 00 01 0B …",
        ),
        "initialize-purchase": _sent(
            "send INITIALIZE FOR PURCHASE first, nothing between",
            "先发送消费初始化，中间不得有其他命令",
            "B0 28 01 01 13 …",
        ),
        "init-sam": _sent(
            "send INIT SAM FOR PURCHASE first, nothing between", "先发送消费初始化，中间不得有其他命令", "80 70 01 00 …"
        ),
        "delivery-session-key": _sent(
            "send DELIVERY SESSION KEY first", "先发送分散过程密钥", "BF DE usage identifier …"
        ),
        "begin-mac": _sent("begin the MAC first, start value in front", "先开始计算 MAC，初始值在前", "80 FA 07 00 …"),
        "export-public-key": _sent("name the public key first", "先指定公钥", "80 C9 82 00 08 C0 02 0012 C2 02 0013"),
        "import-session-key": _sent("bring the session key first", "先导入会话密钥", "80 4A 02 10 12 …"),
        "generate-key-pair": _sent(
            "make a key pair first, or import one", "先生成或导入密钥对", "80 40 00 00 08 C0 02 0012 C2 02 0013"
        ),
        # making
        "initialize-update": Wording(
            "open the channel: INITIALIZE UPDATE 80 50 xx 00 08, then EXTERNAL AUTHENTICATE 84 82 xx 00 10",
            "打开通道：INITIALIZE UPDATE 80 50 xx 00 08，再 EXTERNAL AUTHENTICATE 84 82 xx 00 10",
        ),
        "key-data": _sent("write KEYDATA first", "先写密钥标识数据", "80 E0 06 00 0A …"),
        "create-mf": Wording(
            "make the MF first: 80 E0 03 00 08 (transport key), then 80 E0 01 00 (CREATE FILE)",
            "先建立主控文件：80 E0 03 00 08（传输密钥），再 80 E0 01 00（建立文件）",
        ),
        "set-serial": _sent("set the chip's serial number first", "先写芯片序列号", "80 E0 05 00 08 …"),
        "write-master-key": Wording(
            "hand over its master key first: WRITE KEY 84 D4 01 00 or 80 D4 01 00",
            "先装载其主控密钥：WRITE KEY 84 D4 01 00 或 80 D4 01 00",
        ),
        "delete-environments": _sent(
            "select each environment, prove its master key, delete it",
            "逐个选择环境、认证其主控密钥并删除",
            "80 E1 00 01 02 …",
        ),
        "change-key": _sent("replace its value", "修改密钥值", "84 D4 01 …"),
        "keys-first": Wording(
            "send the group of the keys before that of their check values", "先发送密钥分组，再发送校验值分组"
        ),
        "protected-key": Wording("send the key enciphered and with MAC: class 84", "密钥须加密并带 MAC：CLA 为 84"),
        # somebody else's
        "send-to-psam": Wording("send it to the PSAM, in its own slot", "应发送到 PSAM 所在卡槽"),
        "send-to-user-card": Wording("send it to the user card, in its own slot", "应发送到用户卡所在卡槽"),
        "made-already": Wording(
            "nothing is to be sent: that part of the card is made already", "该部分已制作完成，无需再发送"
        ),
        "send-whole-name": Wording("send the whole name: {send}", "发送完整名称：{send}"),
    }
)
