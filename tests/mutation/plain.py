"""Decorators spelled as assignments: mutmut leaves decorated functions alone, and ours hold too much for that.

``@property def f`` becomes ``def f`` and ``f = property(f)``: the same class, and a function mutmut takes. Only the
working copy is rewritten, never the sources.
"""

from __future__ import annotations

import ast

SPELLED_OUT = ("property", "contextmanager")


def plain(source: str) -> str:
    """``source`` with each function that has one decorator of ``SPELLED_OUT`` assigned instead of decorated."""
    lines = source.splitlines(keepends=True)
    for node in sorted(_decorated(ast.parse(source)), key=lambda node: -node.lineno):
        decorator = node.decorator_list[0]
        assert isinstance(decorator, ast.Name)
        assert node.end_lineno is not None
        assigned = f"{' ' * node.col_offset}{node.name} = {decorator.id}({node.name})\n"
        lines.insert(node.end_lineno, assigned)
        del lines[decorator.lineno - 1]
    return "".join(lines)


def _decorated(tree: ast.Module) -> list[ast.FunctionDef]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and len(node.decorator_list) == 1
        and isinstance(node.decorator_list[0], ast.Name)
        and node.decorator_list[0].id in SPELLED_OUT
    ]
