"""Command management of the bank side (命令管理模块): the command rows, the order of checks, the assembly."""
