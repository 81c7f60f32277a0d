"""Terminals (终端) of 总体方案 一（二）: programs that a card in any reader cannot tell from a counter's."""
