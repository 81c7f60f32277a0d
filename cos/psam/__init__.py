"""The PSAM (终端安全存取模块): the terminal's key card, on the same kernel (社会保障（个人）卡规范 part 9).

Two environments, each with its own memory and master key: the MF itself (``sx1.sh.社会保障``) and DDF1
(``sx2.sh.社会保障``, 16-byte ciphers), each with the application DF01 and its key files.
"""
