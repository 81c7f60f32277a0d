"""Command management of the social side (命令管理模块): the command rows and the order of checks."""
