"""The hourglass of docs/architecture.md §1, read from the code's own imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "clerkd"

BASE = {"errors", "clock", "ids"}
PURE = BASE | {"model"}

# room -> the rooms of clerkd it may know; itself is always allowed
MAY_KNOW = {
    "errors": set(),
    "clock": set(),
    "ids": {"clock"},
    "codec": {"errors", "model"},  # its values only: Encoding, Concat, ReportStatus
    "at": {"errors"},
    "model": BASE,
    "ports": PURE,
    "store.ops": PURE | {"ports"},
    "store": PURE | {"ports"},
    "core": PURE | {"ports", "store.ops"},
    "modem": PURE | {"ports", "at", "codec"},
    "carriers": PURE | {"ports", "codec"},
    "slack": PURE | {"ports", "store.ops", "core"},
    "api": PURE | {"ports", "store.ops", "core"},
    "simulate": PURE | {"at", "codec"},
    "app": PURE | {"ports", "store", "store.ops", "core", "modem", "carriers", "slack", "api"},
    "cli": PURE | {"ports", "store", "store.ops", "app", "codec", "simulate"},
    "__main__": {"cli"},
    "": set(),
}

SANS_IO = {"codec", "at"}
NOT_IN_SANS_IO = {"asyncio", "socket", "time", "serial", "structlog", "threading", "selectors", "logging", "aiohttp"}

IMPORTED_AS = {"pyserial": "serial", "pyyaml": "yaml"}
COMES_WITH = {"aiohttp": "yarl"}  # its URL, which its own interface takes and gives

FORBIDDEN_WORDS = ("Manager", "Helper", "Handler", "Service", "Util")
THE_STANDARD_S_OWN = {"NoNetworkService"}  # 27.005 §3.2.5, +CMS ERROR 331


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


def room_of(module: str) -> str:
    parts = module.split(".")[1:]
    if parts[:2] == ["store", "ops"]:
        return "store.ops"
    return parts[0] if parts else ""


def imports_of(module: str, tree: ast.AST) -> Iterator[tuple[str, int]]:
    package = MODULES[module].name == "__init__.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + (1 if package else 0)]
                base = ".".join([*parts, base]) if base else ".".join(parts)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in MODULES else base), node.lineno


TREES = {module: ast.parse(path.read_text()) for module, path in MODULES.items()}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_knows_only_the_rooms_below_it(module):
    room = room_of(module)
    allowed = MAY_KNOW[room] | {room}
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}"
        for name, line in imports_of(module, TREES[module])
        if name.split(".")[0] == "clerkd" and name != "clerkd" and room_of(name) not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("module", sorted(m for m in MODULES if room_of(m) in SANS_IO))
def test_protocol_engines_do_no_input_or_output(module):
    used = {name.split(".")[0] for name, _ in imports_of(module, TREES[module])}
    assert not used & NOT_IN_SANS_IO
    calls = {
        node.func.id
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


def test_what_is_imported_is_what_is_installed():
    """What only the tests need costs the daemon nothing."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    named = {re.match(r"[\w-]+", one)[0] for one in wanted}
    declared = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in named}
    used = {name.split(".")[0] for module, tree in TREES.items() for name, _ in imports_of(module, tree)}
    brought = {part for whole, part in COMES_WITH.items() if whole in declared}
    assert used - sys.stdlib_module_names - {"clerkd"} - brought == declared


def test_there_is_no_import_cycle():
    graph = {
        module: {name for name, _ in imports_of(module, tree) if name in MODULES and name != module}
        for module, tree in TREES.items()
    }
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> None:
        if module in done:
            return
        assert module not in path, "cycle: " + " -> ".join([*path[path.index(module) :], module])
        path.append(module)
        for imported in sorted(graph[module]):
            visit(imported)
        path.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)


@pytest.mark.parametrize("module", sorted(m for m in MODULES if room_of(m) != "cli"))
def test_imports_stand_at_the_top_of_the_file(module):
    inside = [
        f"{MODULES[module].relative_to(ROOT)}:{node.lineno}"
        for function in ast.walk(TREES[module])
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


@pytest.mark.parametrize("module", sorted(MODULES))
def test_names_say_what_a_thing_is(module):
    named = [n for n in ast.walk(TREES[module]) if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    wrong = [
        f"{node.name} (line {node.lineno})"
        for node in named
        if (node.name.endswith(FORBIDDEN_WORDS) and node.name not in THE_STANDARD_S_OWN)
        or node.name.startswith("handle_")
    ]
    assert not wrong
    assert not MODULES[module].stem.startswith("util")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_files_and_functions_stay_small(module):
    lines = MODULES[module].read_text().count("\n")
    assert lines <= 400, f"{lines} lines: split it by its subjects"
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


@pytest.mark.parametrize("module", sorted(m for m in MODULES if room_of(m) not in {"cli", "simulate"}))
def test_no_task_without_an_owner_and_a_name(module):
    def makes_task(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "create_task"

    owned = {
        id(node.value) for node in ast.walk(TREES[module]) if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return)
    }
    loose = [
        f"{MODULES[module].relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(TREES[module])
        if makes_task(node)
        and (
            not any(keyword.arg == "name" for keyword in node.keywords)
            or (isinstance(node.func.value, ast.Name) and node.func.value.id == "asyncio" and id(node) not in owned)
        )
    ]
    assert not loose


def test_sql_stands_in_ops_and_schema_only():
    words = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM")
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{node.lineno}"
        for module, tree in TREES.items()
        if room_of(module) not in {"store.ops", "store"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lstrip().startswith(words)
        and node.value != "SELECT 1"
    ]
    assert not wrong
