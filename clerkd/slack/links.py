"""Links into the workspace."""

from __future__ import annotations


def permalink(team_url: str, channel: str, ts: str, thread_ts: str | None = None) -> str:
    """Return the address of a message, as `chat.getPermalink` would: asking costs a call for each."""
    address = f"{team_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return address if thread_ts in {None, ts} else f"{address}?thread_ts={thread_ts}&cid={channel}"
