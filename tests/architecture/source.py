"""The source as the tests of this folder read it: files, trees, and the imports in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "patency"


def modules(room: str = "", *, below: Path = PACKAGE) -> list[Path]:
    """Return the Python files of a room (``service``, ``doors/web``); none if it is not built."""
    return sorted((below / room).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST, *, below: Path = PACKAGE) -> str:
    """Return ``service/booking.py:12``, so that a failure can be clicked."""
    return f"{path.relative_to(below)}:{getattr(node, 'lineno', 1)}"


def imported_names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Give each import with the full dotted name it brings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give the functions a module offers: at its top, without an underscore."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node
