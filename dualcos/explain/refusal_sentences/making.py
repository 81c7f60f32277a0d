"""Reasons of making a card, and of the manager of the MF."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "making has ended",
        Wording("{command}: the making of {directory:04X} has ended", "{command}：{directory:04X} 的个人化已结束"),
        Wording(
            "END was sent for this directory (or its environment) before, as it is on every issued card; files and "
            "keys are made only until then.",
            "该目录（或其环境）已执行结束命令，已发行的卡都如此；此前才能建文件、装载密钥。",
        ),
        Wording(
            "Order the script so that END comes last; on a card in use change contents by UPDATE, keys by WRITE KEY "
            "enciphered with MAC.",
            "脚本中把结束命令放在最后；投入使用后用更新命令改内容，用加密加 MAC 的装载密钥改密钥。",
        ),
    ),
    CatalogueEntry(
        "no application to create",
        Wording("below an environment only applications with a name are created", "环境之下只能建立有名称的应用"),
        Wording(
            "The creation data say DDF (01) instead of ADF (02) in byte 8, the name is missing behind the 16 bytes, or "
            "another application is current in an environment that has no applications in applications.",
            "建立数据第 8 字节为 DDF（01）而不是 ADF（02），或 16 字节之后没有名称，或当前已在一个应用内而该环境不允许"
            "应用嵌套。",
        ),
        Wording(
            "Type 02, 16 bytes and the AID of 5 to 16 bytes; select the environment first.",
            "类型用 02，16 字节之后跟 5 至 16 字节的 AID；先选择环境。",
        ),
    ),
    CatalogueEntry(
        "no key for here",
        Wording(
            "{command}, P1 {p1:02X}, takes no key of type {kind:02X}, number {number:02X} and {length} bytes here",
            "{command}（P1 {p1:02X}）不接受类型 {kind:02X}、标识 {number:02X}、{length} 字节的密钥",
        ),
        Wording(
            "P1 01 is for master keys only (type 00, number 00), 00 for all others; or the key belongs into another "
            "directory, or has another length or cipher than this one takes.",
            "P1 = 01 只用于主控密钥（类型 00、标识 00），其他密钥用 00；或密钥属于别的目录，或长度、算法不符。",
        ),
        Wording(
            "Match P1 and the type in the key header; select the directory the key is for.",
            "使 P1 与密钥头中的类型一致；先选择该密钥所属的目录。",
        ),
    ),
    CatalogueEntry(
        "a key without protection",
        Wording("this key is loaded enciphered and with MAC only", "该密钥只能加密并带 MAC 装载"),
        Wording(
            "Class 00 or 80 was sent where the card takes 84 only: after END, for the card master key, and for every "
            "replaced key.",
            "用了 CLA 00 或 80，而此处只接受 84：结束之后、卡片主控密钥以及替换密钥都如此。",
        ),
        Wording(
            "Class 84: ECB of LD ‖ header ‖ value ‖ 80…, then a MAC with the last random number as start value.",
            "CLA 用 84：LD ‖ 密钥头 ‖ 值 ‖ 80… 做 ECB 加密，再以最近的随机数为初始值计算 MAC。",
        ),
        ("SSC-4 §7.3", ""),
    ),
    CatalogueEntry(
        "wrong transport key cryptogram",
        Wording("the transport key cryptogram is wrong; {left} tries left", "传输密钥认证数据不正确；剩余 {left} 次"),
        Wording(
            "Another transport key than that of this delivery, or the serial number was enciphered as it was before "
            "SET SERIAL; it is the last six historical bytes, filled up.",
            "传输密钥不是本批次的，或用了写序列号之前的值；应为历史字节的最后六字节并补足。",
        ),
        Wording(
            "Read the ATR anew after SET SERIAL, encipher 00 00 and its last six historical bytes; stop after one "
            "failure, the counter is the chip's.",
            "写序列号后重新读取 ATR，加密 00 00 加历史字节最后六字节；失败一次即停，计数器属于芯片。",
        ),
    ),
    CatalogueEntry(
        "not the start of the ATR",
        Wording(
            "the ATR must start 3B 6D (T=0, 13 historical bytes), not {received}",
            "ATR 应以 3B 6D 开头（T=0，13 个历史字节），收到 {received}",
        ),
        Wording(
            "The whole ATR of another card was sent, or the historical bytes alone.",
            "发送了其他卡的完整 ATR，或只发送了历史字节。",
        ),
        Wording(
            "Eleven bytes: 3B 6D, TB1, TC1, then T1 to T7; region and serial number come with SET SERIAL.",
            "共 11 字节：3B 6D、TB1、TC1，然后 T1 至 T7；地区和序列号由写序列号命令写入。",
        ),
        ("SSC-2 table 7",),
    ),
    CatalogueEntry(
        "not proved to the MF",
        Wording(
            "{command} needs proof of the {needed}; proved in this session: {received}",
            "{command} 需要{needed}的鉴别；本次会话中已鉴别：{received}",
        ),
        Wording(
            "The proof was lost: SELECT of the MF, WRITE KEY and each failed proof end it. Or it was given to another "
            "environment, whose keys are worth nothing here.",
            "鉴别已失效：选择 MF、装载密钥和失败的鉴别都会使其结束；或是对另一环境做的鉴别，在此无效。",
        ),
        Wording(
            "Prove the key that is named in the MF, directly before the command.",
            "在 MF 下用所述密钥鉴别，随后立即发送命令。",
        ),
        ("总体方案 一（四）",),
    ),
    CatalogueEntry(
        "chip in another state",
        Wording("the chip must be in state {needed}, it is in {received}", "芯片应处于状态 {needed}，现为 {received}"),
        Wording(
            "Steps of the maker in another order: serial number and ATR belong to the blank chip (C0), environments to "
            "the initialised one (C1); END (C2) closes the MF for good.",
            "制卡步骤顺序有误：序列号和 ATR 属于空白芯片（C0），环境在初始化后（C1）建立；结束（C2）之后 MF 永久关闭。",
        ),
        Wording(
            "Follow the order SET SERIAL, SET ATR, transport key, CREATE MF, master key, environments, END; a closed "
            "chip cannot go back.",
            "按写序列号、写 ATR、传输密钥认证、建 MF、主控密钥、建环境、结束的顺序；关闭后不能恢复。",
        ),
    ),
    CatalogueEntry(
        "card master key there",
        Wording(
            "the card master key is there: the transport key proves nothing any more",
            "已有卡片主控密钥：传输密钥不再有效",
        ),
        Wording(
            "A script for blank chips was run on a chip that has got its master key.",
            "对已装载主控密钥的芯片运行了空白芯片的脚本。",
        ),
        Wording(
            "Prove the card master key by EXTERNAL AUTHENTICATION instead, or take a blank chip.",
            "改用卡片主控密钥外部鉴别，或换空白芯片。",
        ),
    ),
    CatalogueEntry(
        "the chip is blank",
        Wording("the chip is blank: no MF has been created", "芯片是空白的：尚未建立 MF"),
        Wording(
            "Nothing has been made on this chip yet, so there is nothing to select: the profile is a blank chip's "
            "(`blank`), or making stopped before CREATE FILE of the MF.",
            "芯片上尚无内容，无法选择：所用模板是空白芯片，或制卡在建立 MF 之前中断。",
        ),
        Wording(
            "Make the MF first, or use a card of another profile (`dualcos profiles`).",
            "先建立 MF，或使用其他模板的卡（`dualcos profiles`）。",
        ),
        ("SSC-10 §5.2",),
    ),
    CatalogueEntry(
        "no such environment to create",
        Wording("this COS makes no environment called {name} here", "本 COS 不能在此建立名为 {name} 的环境"),
        Wording(
            "The name is none that the national plan prints (SSSE, PSE, PKI), is cut or not in GBK, or the type should "
            "be an application's (02).",
            "名称不是总体方案规定的（SSSE、PSE、证书环境），或被截短、未用 GBK，或类型应为应用（02）。",
        ),
        Wording(
            "Send the whole name; `dualcos inspect` of a finished card shows it.",
            "发送完整名称；可用 `dualcos inspect` 查看成品卡。",
        ),
        ("总体方案 一（四）", "SSC-9 §5"),
    ),
    CatalogueEntry(
        "an environment waits already",
        Wording(
            "environment {fid:04X} is created already and waits for its master key",
            "环境 {fid:04X} 已建立，等待装入主控密钥",
        ),
        Wording(
            "CREATE FILE came twice, or two environments were given one identifier; the first is there, but has no "
            "master key.",
            "重复建立，或两个环境用了同一标识符；第一个已存在但还没有主控密钥。",
        ),
        Wording(
            "Load its master key (WRITE KEY P1 01), or delete it, before the next.",
            "先装入其主控密钥（WRITE KEY P1 = 01）或将其删除。",
        ),
    ),
    CatalogueEntry(
        "the environment's own key does that",
        Wording(
            "in an environment its own master key does that, not the card's",
            "环境内的操作由环境自己的主控密钥控制，卡片主控密钥无权",
        ),
        Wording(
            "The card master key's session tried to make files in, or delete, an environment that has its own master "
            "key: from the hand-over on it is powerless there.",
            "以卡片主控密钥的会话在已有主控密钥的环境中建文件或删除环境：移交之后卡片主控密钥对其无权。",
        ),
        Wording("Select the environment and prove its own master key.", "选择该环境，用环境主控密钥鉴别。"),
        ("总体方案 一（四）",),
    ),
    CatalogueEntry(
        "the MF holds master keys only",
        Wording("the MF holds master keys only", "MF 只保存主控密钥"),
        Wording(
            "WRITE KEY P1 00 was sent while the MF is current, usually because the SELECT of the environment before it "
            "failed.",
            "在 MF 下发送了 P1 = 00 的装载密钥，多因之前选择环境失败。",
        ),
        Wording(
            "Select the environment or application that the key is for; check the answer of SELECT.",
            "先选择密钥所属的环境或应用，并检查 SELECT 的应答。",
        ),
        ("总体方案 一（四）",),
    ),
    CatalogueEntry(
        "the environment has its master key",
        Wording(
            "this environment has its master key already: SELECT it and prove that key",
            "该环境已有主控密钥：请选择它并鉴别该密钥",
        ),
        Wording(
            "WRITE KEY P1 01 was sent a second time with the card master key's proof: hand-over happens once.",
            "用卡片主控密钥再次装载环境主控密钥：移交只有一次。",
        ),
        Wording(
            "Replace it from inside: SELECT the environment, prove its master key, WRITE KEY P1 01 with class 84.",
            "在环境内替换：选择环境，鉴别其主控密钥，用 CLA 84、P1 = 01 装载。",
        ),
        ("总体方案 一（四）",),
    ),
    CatalogueEntry(
        "an environment waits for its master key",
        Wording("an environment still waits for its master key", "仍有环境等待装入主控密钥"),
        Wording(
            "END of the MF came before every created environment had got its first master key.",
            "建立的环境还没有全部装入首个主控密钥就发送了结束。",
        ),
        Wording("Load it, or delete the environment that is not wanted.", "装入主控密钥，或删除不需要的环境。"),
    ),
    CatalogueEntry(
        "the MF is not current",
        Wording("END here closes the MF: select it first", "此处的结束命令关闭 MF：须先选择 MF"),
        Wording(
            "After the hand-over of an environment the session still stands on it.",
            "移交环境之后，当前目录仍是该环境。",
        ),
        Wording("SELECT 3F00, prove the card master key, then END.", "选择 3F00，用卡片主控密钥鉴别，再发送结束。"),
    ),
    CatalogueEntry(
        "an environment exists",
        Wording(
            "the MF cannot be deleted while an environment exists: delete each under its own master key first",
            "存在环境时不能删除 MF：先用各环境的主控密钥逐一删除",
        ),
        Wording(
            "A test rig wants a blank chip back while SSSE or PSE is on it; deleting the MF around it would be power "
            "over it.",
            "测试中想恢复空白芯片，而卡上仍有 SSSE 或 PSE；删除 MF 等于对环境行使权力。",
        ),
        Wording(
            "In each environment: prove its master key, DELETE FILE (80 E1 00 01) with its identifier; then the MF.",
            "在各环境中鉴别其主控密钥，用 DELETE FILE（80 E1 00 01）删除自己；最后删除 MF。",
        ),
        ("总体方案 一（四）",),
    ),
    CatalogueEntry(
        "no APDU",
        Wording("{fault}", "{fault}"),
        Wording(
            "Fewer than four bytes, Lc that does not fit the number of bytes behind it, or hex pasted with a digit "
            "missing.",
            "不足四字节，或 Lc 与其后的字节数不符，或粘贴的十六进制缺了一位。",
        ),
        Wording(
            "CLA INS P1 P2 [Lc data] [Le]; count the data field again.",
            "CLA INS P1 P2 [Lc 数据] [Le]；重新核对数据域长度。",
        ),
        ("ISO 7816-3 §12.1",),
        Wording(
            "what came is not a command: its length does not add up; the sentence says where",
            "收到的不是命令：长度不符；句中指出位置",
        ),
    ),
    CatalogueEntry(
        "the card is blocked",
        Wording(
            "the card is blocked by CARD BLOCK of {environment}, which reaches all of it",
            "整卡已被 {environment} 的卡片锁定命令锁定",
        ),
        Wording(
            "CARD BLOCK was executed on a card that is set to let it reach the whole card; it is for good.",
            "执行了卡片锁定，且本卡设置为锁定整卡；不可恢复。",
        ),
        Wording(
            'Take another card, or one with `card_block_scope = "environment"` (for the social and the bank side '
            "each).",
            '换卡，或使用 `card_block_scope = "environment"` 的卡（社保侧、银行侧分别设置）。',
        ),
    ),
)
