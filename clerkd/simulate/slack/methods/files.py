"""files.*: the three-step upload, and looking one up."""

from __future__ import annotations

from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal


def reserve_upload(call: Call) -> Json:
    """files.getUploadURLExternal."""
    bot = call.desk.state.bot
    url, file_id = call.desk.uploads.reserve(call.arguments["filename"], call.arguments["length"], bot.id)
    return {"upload_url": url, "file_id": file_id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: share the files in a channel, if one is named."""
    desk = call.desk
    wanted = call.arguments["files"]
    if not wanted or any(not isinstance(one, dict) or "id" not in one for one in wanted):
        raise Refusal.of_messages("invalid_arguments", ["[ERROR] must be a list of {id, title} [json-pointer:/files]"])
    channel = desk.state.channel_seen_by_app(call.get("channel_id")) if call.get("channel_id") else None
    if channel is not None and desk.state.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    files = [desk.uploads.complete(one["id"], one.get("title", "")) for one in wanted]
    if channel is not None:
        desk.posting.post(
            channel,
            desk.state.bot,
            call.get("initial_comment") or "",
            own=True,
            subtype="file_share",
            files=[desk.uploads.file_json(file) for file in files],
            thread_ts=call.get("thread_ts"),
            bot_id=desk.state.bot.bot_id,
            app_id=desk.state.app_id,
        )
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def describe_file(call: Call) -> Json:
    """files.info."""
    file = call.desk.uploads.find(call.arguments["file"])
    return {"file": call.desk.uploads.file_json(file), "comments": []}


METHODS = {
    "files.getUploadURLExternal": Method(
        reserve_upload, Tier.T4, "filename! length!:int alt_txt snippet_type", ("files:write",)
    ),
    "files.completeUploadExternal": Method(
        complete_upload,
        Tier.T4,
        "files!:list channel_id channels initial_comment thread_ts blocks:list",
        ("files:write",),
    ),
    "files.info": Method(describe_file, Tier.T4, "file! count:int cursor limit:int page:int", ("files:read",)),
}
