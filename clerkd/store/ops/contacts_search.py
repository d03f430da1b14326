"""Finding contacts by what people type: the beginning of a name, of any word, or digits from anywhere in a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clerkd.model.contact import Contact, folded
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.contacts import load_contacts

WORDS_PER_CONTACT = 4  # one contact may have several words that begin alike
COUNTED = 1000  # words that are more frequent are equally bad leads
_END = "\U0010ffff"  # sorts after every continuation of a prefix
_NUMBER_LIKE = re.compile(r"[+\d\s().,/-]*\d[+\d\s().,/-]*")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who may be meant, by one of their numbers."""

    contact_id: str
    name: str
    company: str
    number: str  # E.164


def suggest_contacts(tx: Tx, query: str, limit: int) -> list[Suggestion]:
    """Return up to `limit` numbers of contacts who may be meant: those whose name begins so come first.

    An empty query suggests whoever comes first by name. Ten thousand contacts take a few milliseconds.
    """
    begun = folded(query)
    words = query_words(query)
    rows = _by_name(tx, begun, limit)
    if words and len(rows) < limit:
        seen = {row["contact_id"] for row in rows}
        rows += [row for row in _by_words(tx, words, limit) if row["contact_id"] not in seen]
    return [
        Suggestion(row["contact_id"], row["name"], row["company"], row["number"]) for row in _meant(rows, words)[:limit]
    ]


def _meant(rows: list[Row], words: list[str]) -> list[Row]:
    """Leave out the other numbers of those whose number was typed."""
    typed = [word for word in words if word.isdigit()]
    hits = {row["contact_id"] for row in rows if any(word in row["number"] for word in typed)}
    return [row for row in rows if row["contact_id"] not in hits or any(word in row["number"] for word in typed)]


def list_contacts(
    tx: Tx,
    *,
    query: str = "",
    tag: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 50,
) -> list[Contact]:
    """Return contacts by name; `after` is the cursor of the last one seen.

    With `query` those who have all its words or whose number has its digits, with `tag` those who have it.
    """
    conditions: list[str] = ["1 = 1"]
    params: dict[str, object] = {"limit": limit}
    words = query_words(query)
    if words:
        condition, more = match_condition(words)
        conditions.append(condition)
        params |= more
    elif query.strip():
        return []
    if tag is not None:
        conditions.append("EXISTS (SELECT 1 FROM contact_tags t WHERE t.contact_id = c.id AND t.folded = :tag)")
        params["tag"] = tag.casefold()
    if after is not None:
        conditions.append("(c.sort_name > :after OR (c.sort_name = :after AND c.id > :after_id))")
        params |= {"after": after[0], "after_id": after[1]}
    rows = tx.all(
        f"SELECT c.* FROM contacts c WHERE {' AND '.join(conditions)} ORDER BY c.sort_name, c.id LIMIT :limit",  # noqa: S608
        **params,
    )
    return load_contacts(tx, rows)


def count_contacts(tx: Tx) -> int:
    """Return how many there are."""
    row = tx.one("SELECT count(*) AS n FROM contacts")
    return 0 if row is None else int(row["n"])


def list_contact_tags(tx: Tx, begun: str = "", *, limit: int = 100) -> list[str]:
    """Return tags in use that begin so, by name."""
    rows = tx.all(
        "SELECT folded, min(tag) AS tag FROM contact_tags WHERE folded >= :begun AND folded < :end"
        " GROUP BY folded ORDER BY folded LIMIT :limit",
        begun=begun.casefold(),
        end=begun.casefold() + _END,
        limit=limit,
    )
    return [row["tag"] for row in rows]


def query_words(query: str) -> list[str]:
    """Return what each word of a contact found must begin with; for a number in any spelling its digits."""
    if _NUMBER_LIKE.fullmatch(query):
        digits = "".join(re.findall(r"\d", query)).lstrip("0")
        return [digits] if digits else []
    return folded(query).split()


def match_condition(words: list[str]) -> tuple[str, dict[str, str]]:
    """Return the SQL condition on contact `c`, and its parameters, that it has words beginning with all of `words`."""
    conditions = []
    params: dict[str, str] = {}
    for index, word in enumerate(words):
        conditions.append(
            "EXISTS (SELECT 1 FROM contact_words w WHERE w.contact_id = c.id"  # noqa: S608 - numbered names
            f" AND w.word >= :from{index} AND w.word < :to{index})"
        )
        params |= {f"from{index}": word, f"to{index}": word + _END}
    return " AND ".join(conditions), params


def _by_name(tx: Tx, begun: str, limit: int) -> list[Row]:
    return tx.all(
        "SELECT c.id AS contact_id, c.name, c.company, n.number FROM contacts c"
        " JOIN contact_numbers n ON n.contact_id = c.id WHERE c.sort_name >= :begun AND c.sort_name < :end"
        " ORDER BY c.sort_name, c.id, n.position LIMIT :limit",
        begun=begun,
        end=begun + _END,
        limit=limit,
    )


def _by_words(tx: Tx, words: list[str], limit: int) -> list[Row]:
    # The rarest word leads, by the order of the index, so that looking ends as soon as enough is found.
    frequency = {word: _frequency(tx, word) for word in words}
    if 0 in frequency.values():
        return []
    leading, *others = sorted(frequency, key=lambda word: (frequency[word], -len(word)))
    condition, params = match_condition(others)
    return tx.all(
        "SELECT c.id AS contact_id, c.name, c.company, n.number FROM contacts c"  # noqa: S608 - constants
        " JOIN contact_numbers n ON n.contact_id = c.id WHERE c.id IN (SELECT contact_id FROM"
        " (SELECT l.contact_id FROM contact_words l JOIN contacts c ON c.id = l.contact_id"
        f" WHERE l.word >= :leading AND l.word < :end AND {condition or '1 = 1'} ORDER BY l.word LIMIT :found) first)"
        " ORDER BY c.sort_name, c.id, n.position",
        leading=leading,
        end=leading + _END,
        found=limit * WORDS_PER_CONTACT,
        **params,
    )


def _frequency(tx: Tx, word: str) -> int:
    row = tx.one(
        "SELECT count(*) AS n FROM (SELECT contact_id FROM contact_words WHERE word >= :word AND word < :end"
        " LIMIT :most) some",
        word=word,
        end=word + _END,
        most=COUNTED,
    )
    return 0 if row is None else int(row["n"])
