"""What Slack's refusals of a post mean, by its own words."""

BAD_CONTENT = {
    "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text", "invalid_attachments",
    "metadata_too_large", "metadata_must_be_sent_from_app", "invalid_metadata_format", "invalid_metadata_schema",
    "block_mismatch", "blocks_too_long", "invalid_arguments", "invalid_arg_name",
}  # fmt: skip
ROOT_GONE = {
    "thread_not_found", "message_not_found", "cannot_reply_to_message", "thread_locked",
    "restricted_action_thread_locked",
}  # fmt: skip
ABSENT = {"thread_not_found", "message_not_found", "channel_not_found"}  # with its thread or channel a post is gone
CHANNEL_TROUBLE = {
    "is_archived", "channel_not_found", "not_in_channel", "restricted_action", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "channel_is_limited_access",
    "posting_to_channel_denied", "channel_type_not_supported", "external_channel_migrating",
}  # fmt: skip
DEACTIVATED = {"user_not_found", "user_disabled"}
PERSON_GONE = DEACTIVATED | {"user_not_visible", "cannot_dm_bot", "messages_tab_disabled"}
