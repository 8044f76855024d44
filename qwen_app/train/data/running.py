"""Whether a Python function in an answer does what was asked.

The answer is a model's and not trusted. Its code must be made of few kinds of syntax, few built-in
functions and few methods, none of which reaches the interpreter, a file or the network; it then
runs in a process of its own, with nothing in its environment, little time and, where the system
can limit it, little memory.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from qwen_app.train.data.example import Exchange

Case = tuple[tuple[Any, ...], Any]
"""Arguments and what the function must return: literals."""

_MOST_CHARACTERS, _MOST_NODES = 2000, 300
_WALL_SECONDS = 10.0
"""Beside the limit of processor time, which does not end a process that waits."""

_SYNTAX = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign,
    ast.For, ast.While, ast.If, ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.BoolOp, ast.BinOp,
    ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.comprehension, ast.Compare, ast.Call, ast.Constant, ast.Attribute,
    ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice, ast.keyword, ast.Lambda,
    ast.JoinedStr, ast.FormattedValue, ast.expr_context, ast.boolop, ast.operator, ast.unaryop,
    ast.cmpop,
)  # fmt: skip
_METHODS = (
    "add append capitalize copy count endswith extend find fromkeys get index insert "
    "intersection isalnum isalpha isdigit islower isspace isupper items join keys lower "
    "lstrip pop remove replace reverse rstrip setdefault sort split startswith strip swapcase "
    "title union update upper values"
)
_FUNCTIONS = (
    "abs all any bin bool chr dict divmod enumerate filter float int isinstance len list map max "
    "min ord pow range reversed round set sorted str sum tuple zip"
)

_CHILD = """
import ast, builtins, copy, os, sys
code, cases, names = ast.literal_eval(sys.stdin.read())
try:
    import resource
except ImportError:  # Windows
    pass
else:
    for name, most in (("CPU", 2), ("AS", 1 << 28), ("FSIZE", 0), ("NOFILE", 3)):
        try:
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
        except (AttributeError, ValueError, OSError):
            pass  # not every system has each
def same(found, wanted):
    if isinstance(found, float) or isinstance(wanted, float):
        return abs(found - wanted) <= 1e-3 * max(1.0, abs(wanted))
    return found == wanted
space = {"__builtins__": {n: getattr(builtins, n) for n in names.split()} | {"print": len}}
right = False
try:
    exec(compile(code, "answer", "exec"), space)
    function = space[[n.name for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)][-1]]
    right = all(same(function(*copy.deepcopy(given)), wanted) for given, wanted in cases)
except BaseException:
    pass
os._exit(0 if right else 1)
"""


def python_passes(exchange: Exchange, answer: str) -> bool:
    """Whether the function in the answer returns what it must in every case of the exchange.

    An exchange without cases asks for lines of code, not for a function: then the answer must
    state its facts.
    """
    if not exchange.cases:
        return exchange.is_answered_by(answer)
    code = code_of(answer)
    return code is not None and is_plain(code) and _passes(code, exchange.cases)


def code_of(answer: str) -> str | None:
    """The answer's first block of code; None when there is none."""
    found = re.search(r"```(?:python|py)?\n(.*?)```", answer, re.DOTALL)
    return found[1] if found else None


def is_plain(code: str) -> bool:
    """Whether the code is a module of functions that can do no harm but take time and memory."""
    if len(code) > _MOST_CHARACTERS:
        return False
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    defines = any(isinstance(node, ast.FunctionDef) for node in nodes)
    return defines and len(nodes) <= _MOST_NODES and all(map(_is_plain_node, nodes))


def _is_plain_node(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name in _METHODS.split()
        case ast.Name(id=name) | ast.arg(arg=name):
            return "__" not in name
        case ast.FunctionDef(name=name, decorator_list=decorators):
            return "__" not in name and not decorators
        case _:
            return isinstance(node, _SYNTAX)


def _passes(code: str, cases: Sequence[Case]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=repr((code, tuple(cases), _FUNCTIONS)),
            text=True,
            encoding="utf-8",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONIOENCODING": "utf-8"},
            cwd=os.sep,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
