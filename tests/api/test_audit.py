"""`/v1/audit`: who took what out of the store."""

import sqlite3

import pytest

from clerkd.model.audit import Audited, AuditEntry
from clerkd.model.message import OriginKind
from clerkd.store.ops.audit import write_audit


async def test_the_log_comes_page_by_page_newest_first(api):
    for number in range(5):
        conversation = f"c{number}"
        entry = AuditEntry(number, OriginKind.SLACK, "U1", Audited.CONVERSATION_EXPORTED, "json", conversation)
        await api.office.store.write(write_audit, entry)

    first = (await api.tcp.get("/v1/audit?limit=3")).json
    second = (await api.tcp.get(f"/v1/audit?limit=3&after={first['next']}")).json

    assert [one["conversation"] for one in first["audit"] + second["audit"]] == ["c4", "c3", "c2", "c1", "c0"]
    assert second["next"] is None
    assert first["audit"][0]["at"] == "1970-01-01T00:00:00.004Z"


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'U2'", "DELETE FROM audit"])
async def test_no_line_is_ever_changed_or_taken_out(api, change):
    entry = AuditEntry(1, OriginKind.API, "ci", Audited.CONTACTS_EXPORTED, "csv")
    await api.office.store.write(write_audit, entry)
    with pytest.raises(sqlite3.IntegrityError, match="audit log is never"):
        await api.office.store.write(lambda tx: tx.run(change))
    assert len((await api.tcp.get("/v1/audit")).json["audit"]) == 1
