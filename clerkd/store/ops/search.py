"""Finding messages by their words. The one place where engines differ: this is SQLite's FTS5."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkd.model.contact import folded
from clerkd.model.message import Message
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.messages import load_messages
from clerkd.store.ops.tickets_inbox import InboxFilter, fits

NEWEST = 2**63 - 1  # above every seq
LOOKED_AT = 4000  # texts for one letter
BATCH = 200

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
    tx: Tx,
    query: str,
    *,
    peer: str | None = None,
    line: str | None = None,
    within: InboxFilter | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Message]:
    """Return messages that have all words of `query`, the last of which may be only begun; newest first.

    Case and accents do not matter. A query without a word finds nothing. `before` is the id of the last one seen,
    `within` leaves the conversations that it fits.
    """
    words = _WORD.findall(query)
    if not words:
        return []
    conditions, params = ["1 = 1"], dict[str, object]()
    for column, value in (("peer", peer), ("line", line)):
        if value is not None:
            conditions.append(f"m.{column} = :{column}")
            params[column] = value
    if within is not None:
        fitting, more = fits("m.conversation_id", within)
        conditions.append(fitting)
        params |= more
    below = NEWEST
    if before is not None:
        seen = tx.one("SELECT seq FROM messages WHERE id = :before", before=before)
        if seen is None:
            return []
        below = seen["seq"]
    looking = _Looking(tx, " AND ".join(conditions), params)
    *whole, last = words
    if len(last) > 1:
        return load_messages(tx, looking.matching([*whole, last], "*", below, limit))
    return load_messages(tx, looking.begun(whole, last, below, limit))


@dataclass(frozen=True, slots=True)
class _Looking:
    """A search of messages `m` on which there are conditions already."""

    tx: Tx
    conditions: str
    params: Mapping[str, object]

    def matching(self, words: Sequence[str], ending: str, below: int, limit: int) -> list[Row]:
        """Return rows by the index of words; with `ending` "*" the last word may be only begun."""
        return self.tx.all(
            "SELECT m.* FROM message_words w JOIN messages m ON m.seq = w.rowid"  # noqa: S608 - constants only
            f" WHERE message_words MATCH :match AND w.rowid < :below AND {self.conditions}"
            " ORDER BY w.rowid DESC LIMIT :limit",
            match=" ".join(f'"{word}"' for word in words) + ending,
            below=below,
            limit=limit,
            **self.params,
        )

    def begun(self, words: Sequence[str], letter: str, below: int, limit: int) -> list[Row]:
        """Return rows with all `words` and one that begins with a letter: those are a fifth of all words.

        The index of beginnings starts at two letters, so the texts themselves are looked at, at most some thousand.
        """
        found: list[Row] = []
        for _ in range(LOOKED_AT // BATCH):
            rows = self.matching(words, "", below, BATCH) if words else self._newest(below)
            found += [row for row in rows if _begins(row["text"], letter)]
            if len(found) >= limit or len(rows) < BATCH:
                break
            below = rows[-1]["seq"]
        return found[:limit]

    def _newest(self, below: int) -> list[Row]:
        return self.tx.all(
            f"SELECT m.* FROM messages m WHERE m.seq < :below AND {self.conditions} ORDER BY m.seq DESC LIMIT :limit",  # noqa: S608
            below=below,
            limit=BATCH,
            **self.params,
        )


def _begins(text: str, letter: str) -> bool:
    begun = folded(letter)
    return bool(begun) and any(word.startswith(begun) for word in folded(text).split())
