"""Templates: who sees which, and how often one was used."""

from __future__ import annotations

from clerkd.errors import Conflict, NotFound
from clerkd.model.template import Template, TemplateScope
from clerkd.ports.store import Row, Tx

# A person sees the workspace's, their own, and those of the lines that they text over.
_VISIBLE = (
    "(scope = 'workspace' OR (scope = 'personal' AND holder = :user)"
    " OR (scope = 'line' AND (:line IS NULL OR holder = :line)))"
)
_MOST = 100  # as many as a menu of Slack holds


def save_template(tx: Tx, template: Template, *, at: int) -> Template:
    """Store a new template or another version of one; raise `Conflict` with `field` if its name is taken."""
    holder, folded = holder_of(template), template.name.casefold()
    taken = tx.one(
        "SELECT id FROM templates WHERE scope = :scope AND holder = :holder AND folded = :folded AND id <> :id",
        scope=template.scope.value,
        holder=holder,
        folded=folded,
        id=template.id,
    )
    if taken is not None:
        raise Conflict(f"there is a template called {template.name!r} already", field="name", state="taken")
    tx.run(
        "INSERT INTO templates (id, name, folded, body, scope, holder, created_at, updated_at)"
        " VALUES (:id, :name, :folded, :body, :scope, :holder, :at, :at)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded, body = excluded.body,"
        " scope = excluded.scope, holder = excluded.holder, updated_at = excluded.updated_at",
        id=template.id,
        name=template.name,
        folded=folded,
        body=template.body,
        scope=template.scope.value,
        holder=holder,
        at=at,
    )
    return get_template(tx, template.id)


def get_template(tx: Tx, template_id: str) -> Template:
    """Return a template; raise `NotFound`."""
    row = tx.one("SELECT * FROM templates WHERE id = :id", id=template_id)
    if row is None:
        raise NotFound("this template is there no more", id=template_id)
    return _template(row)


def list_templates(
    tx: Tx, *, user: str, line: str | None = None, limit: int = _MOST, offset: int = 0
) -> list[Template]:
    """Return what a person may use, by name; with a `line` only what fits it."""
    rows = tx.all(
        f"SELECT * FROM templates WHERE {_VISIBLE} ORDER BY folded, id LIMIT :limit OFFSET :offset",  # noqa: S608 - constant
        user=user,
        line=line,
        limit=limit,
        offset=offset,
    )
    return [_template(row) for row in rows]


def count_templates(tx: Tx, *, user: str, line: str | None = None) -> int:
    """Return how many templates a person may use."""
    row = tx.one(f"SELECT count(*) AS n FROM templates WHERE {_VISIBLE}", user=user, line=line)  # noqa: S608 - constant
    return 0 if row is None else int(row["n"])


def delete_template(tx: Tx, template_id: str) -> Template:
    """Delete a template and return what it was; raise `NotFound`."""
    template = get_template(tx, template_id)
    tx.run("DELETE FROM templates WHERE id = :id", id=template_id)
    return template


def count_template_use(tx: Tx, template_id: str) -> None:
    """Note that a text was sent that began as this template; one deleted meanwhile is no matter."""
    tx.run("UPDATE templates SET uses = uses + 1 WHERE id = :id", id=template_id)


def holder_of(template: Template) -> str:
    """Return the line or the person whose a template is; nothing for the workspace's."""
    match template.scope:
        case TemplateScope.LINE:
            return template.line or ""
        case TemplateScope.PERSONAL:
            return template.owner or ""
        case _:
            return ""


def _template(row: Row) -> Template:
    scope = TemplateScope(row["scope"])
    return Template(
        id=row["id"],
        name=row["name"],
        body=row["body"],
        scope=scope,
        line=row["holder"] if scope is TemplateScope.LINE else None,
        owner=row["holder"] if scope is TemplateScope.PERSONAL else None,
        uses=row["uses"],
        updated_at=row["updated_at"],
    )
