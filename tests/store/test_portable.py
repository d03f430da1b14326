"""The ops speak a dialect that PostgreSQL understands too."""

import ast
import re
from pathlib import Path

import pytest

import clerkd.store

ROOT = Path(clerkd.store.__file__).parent
PORTABLE = sorted(path for path in (ROOT / "ops").glob("*.py") if path.name != "search.py") + sorted(
    path for path in (ROOT / "schema").glob("*.sql") if not path.name.endswith(".sqlite.sql")
)
BANNED = {
    "OR REPLACE": r"\bOR (REPLACE|IGNORE)\b",
    "rowid": r"\browid\b",
    "AUTOINCREMENT": r"\bAUTOINCREMENT\b",
    "JSON operators": r"->>|->|\bjson_",
    "positional parameters": r"= \?|\(\?",
    "clocks of the database": r"\bstrftime\b|\bdatetime\(|CURRENT_TIMESTAMP|\bNOW\(",
    "scalar max or min of two": r"\b(max|min)\([^()]+,[^()]+\)",
    "GLOB": r"\bGLOB\b",
    "PRAGMA": r"\bPRAGMA\b",
    "implicit booleans": r"\b(sum|count)\([a-z_.]+ (=|<>) ",
}


def sql_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        return re.sub(r"--.*", "", text)
    texts = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return "\n".join(one for one in texts if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|SET)\b", one))


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: path.name)
@pytest.mark.parametrize("what", BANNED)
def test_no_op_uses_what_only_sqlite_has(path, what):
    assert re.findall(BANNED[what], sql_of(path), re.IGNORECASE) == []


def test_the_check_sees_sql():
    assert sum(len(sql_of(path)) for path in PORTABLE) > 20_000
