"""Finding messages by their words. The one place where engines differ: this is SQLite's FTS5."""

from __future__ import annotations

import re

from clerkd.model.message import Message
from clerkd.ports.store import Tx
from clerkd.store.ops.messages import load_messages

_WORD = re.compile(r"\w+")


def index_words(tx: Tx, message_seq: int, text: str) -> None:
    """Add a new message's words; part of the op that stores it."""
    tx.run("INSERT INTO message_words (rowid, text) VALUES (:seq, :text)", seq=message_seq, text=text)


def forget_words(tx: Tx, message_seq: int, text: str) -> None:
    """Take a message's words out of the index; part of the op that deletes it."""
    tx.run(
        "INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', :seq, :text)",
        seq=message_seq,
        text=text,
    )


def compact_words(tx: Tx, *, begin: bool, pages: int) -> bool:
    """Rewrite some of the index, so that nothing is left of words that were taken out; tell whether more is to do.

    `begin` starts a new round over the whole index. Each call writes at most some `pages`, for others to get
    their turn in between.
    """
    before = _changes(tx)
    amount = -pages if begin else pages
    tx.run("INSERT INTO message_words (message_words, rank) VALUES ('merge', :amount)", amount=amount)
    return _changes(tx) - before >= 2  # https://www.sqlite.org/fts5.html#the_merge_command


def _changes(tx: Tx) -> int:
    row = tx.one("SELECT total_changes() AS n")
    return 0 if row is None else int(row["n"])


def replace_words(tx: Tx, message_seq: int, old: str, new: str) -> None:
    """Put the words of an amended message in place of its former ones."""
    forget_words(tx, message_seq, old)
    index_words(tx, message_seq, new)


def search_messages(
    tx: Tx, query: str, *, peer: str | None = None, line: str | None = None, before: str | None = None, limit: int = 50
) -> list[Message]:
    """Return messages that have all words of `query`, the last of which may be only begun; newest first.

    Case and accents do not matter. A query without a word finds nothing. `before` is the id of the last one seen.
    """
    words = _WORD.findall(query)
    if not words:
        return []
    conditions = ["message_words MATCH :match"]
    # One letter begins a fifth of all words: it is taken for a whole one.
    begun = "*" if len(words[-1]) > 1 else ""
    params: dict[str, object] = {"match": " ".join(f'"{word}"' for word in words) + begun, "limit": limit}
    for column, value in (("peer", peer), ("line", line)):
        if value is not None:
            conditions.append(f"m.{column} = :{column}")
            params[column] = value
    if before is not None:
        conditions.append("w.rowid < (SELECT seq FROM messages WHERE id = :before)")
        params["before"] = before
    rows = tx.all(
        "SELECT m.* FROM message_words w JOIN messages m ON m.seq = w.rowid"  # noqa: S608 - constants only
        f" WHERE {' AND '.join(conditions)} ORDER BY w.rowid DESC LIMIT :limit",
        **params,
    )
    return load_messages(tx, rows)
