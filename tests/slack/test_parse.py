"""What Slack sends, as what happened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.slack import parse
from clerkd.slack.frames import Disconnect, Envelope, Hello, Noise, read_frame
from clerkd.slack.ids import Place, button_value, post_id_of, read_button_value
from clerkd.slack.parse import ChannelChanged, Clicked, Deleted, Edited, Identity, OwnPostGone, Sender, Wrote
from clerkd.slack.request import Send, Unreadable, read_send

ME = Identity("T0TEST00001", "U0CLERK0001", "B0CLERK0001", "A0CLERK0001")
MESSAGE = {"type": "message", "channel": "C1", "user": "U1", "team": "T0TEST00001", "ts": "10.000001", "text": "Yes"}


def heard(event: dict, **wrapper):
    return parse.read("events_api", {"type": "event_callback", "event_id": "Ev1", "event": event, **wrapper}, ME)


def test_a_reply_is_what_somebody_wrote_in_a_thread():
    event = {**MESSAGE, "thread_ts": "9.000001"}

    assert heard(event) == Wrote(Place("C1", "10.000001", "9.000001"), Sender("U1", "T0TEST00001"), event)


def test_a_message_that_has_replies_is_still_at_top_level():
    assert heard({**MESSAGE, "thread_ts": MESSAGE["ts"]}).place.thread_ts is None


@pytest.mark.parametrize("subtype", ["thread_broadcast", "file_share", "me_message"])
def test_some_subtypes_are_what_people_write(subtype):
    assert isinstance(heard({**MESSAGE, "subtype": subtype}), Wrote)


@pytest.mark.parametrize(
    "subtype", ["channel_join", "channel_topic", "bot_message", "reminder_add", "channel_name", "of_the_future"]
)
def test_every_other_subtype_is_nothing(subtype):
    assert heard({**MESSAGE, "subtype": subtype}) is None


@pytest.mark.parametrize(
    "mark", [{"user": ME.user}, {"bot_id": ME.bot}, {"app_id": ME.app}, {"bot_id": "B0OTHER0001"}, {"user": None}]
)
def test_our_own_posts_and_other_apps_are_nothing(mark):
    assert heard({**MESSAGE, **mark}) is None


def test_another_workspaces_sender_and_a_shared_channel_are_told_apart():
    event = heard({**MESSAGE, "user_team": "T0OTHER0001"}, is_ext_shared_channel=True)

    assert event.sender == Sender("U1", "T0OTHER0001", shared_channel=True)


def changed(**message):
    return {
        "type": "message", "subtype": "message_changed", "channel": "C1", "ts": "11.0",
        "previous_message": MESSAGE, "message": {**MESSAGE, **message},
    }  # fmt: skip


def test_an_edit_is_one_only_if_somebody_edited_and_the_words_differ():
    edited = {"user": "U1", "ts": "11.0"}

    assert isinstance(heard(changed(text="No", edited=edited)), Edited)
    assert heard(changed(text="No")) is None
    assert heard(changed(edited=edited, attachments=[{}])) is None
    assert heard(changed(text="No", edited=edited, user=ME.user)) is None
    assert heard(changed(text="No", edited=edited, subtype="bot_message")) is None


def test_a_deletion_and_a_tombstone_are_both_deletions():
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": MESSAGE["ts"]}

    assert heard({**deleted, "previous_message": MESSAGE}) == Deleted(
        Place("C1", "10.000001"), Sender("U1", "T0TEST00001")
    )
    assert isinstance(heard(changed(subtype="tombstone", user="USLACKBOT", text="gone")), Deleted)
    assert heard({**deleted, "previous_message": {**MESSAGE, "user": ME.user, "bot_id": ME.bot}}) == OwnPostGone(
        Place("C1", "10.000001")
    )


def test_a_click_is_read_with_its_place_and_its_ids():
    payload = {
        "type": "block_actions", "team": {"id": "T0TEST00001"}, "user": {"id": "U1", "team_id": "T0TEST00001"},
        "container": {"type": "message", "message_ts": "10.0", "channel_id": "C1", "thread_ts": "9.0"},
        "actions": [{"action_id": "clerk.message.retry", "value": button_value(message="m1"), "action_ts": "12.0"}],
        "trigger_id": "1.2.3",
    }  # fmt: skip
    click = parse.read("interactive", payload, ME)

    assert click == Clicked(
        Place("C1", "10.0", "9.0"),
        Sender("U1", "T0TEST00001"),
        "clerk.message.retry",
        {"v": 1, "message": "m1"} and {"message": "m1"},
    )
    assert parse.dedupe_keys("interactive", "e1", payload, click) == ["envelope:e1", "trigger:1.2.3"]
    assert parse.lane(click) == "C1:9.0"
    assert parse.sort_ts(payload) == "12.0"


def test_a_message_that_comes_in_two_events_has_one_key_in_common():
    first, second = (heard(MESSAGE), heard(MESSAGE))
    keys = [
        set(parse.dedupe_keys("events_api", "e", {"event_id": event_id}, happening))
        for event_id, happening in (("Ev1", first), ("Ev2", second))
    ]

    assert keys[0] & keys[1] == {"wrote:C1:10.000001"}


def test_channel_news_are_read_in_all_their_shapes():
    assert heard({"type": "channel_archive", "channel": "C1"}) == ChannelChanged("C1", "archive")
    assert heard({"type": "group_rename", "channel": {"id": "G1", "name": "x"}}) == ChannelChanged("G1", "rename")
    assert heard({"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}) == ChannelChanged(
        "C1", "id_changed", "C2"
    )
    assert heard({"type": "member_joined_channel", "user": "U1", "channel": "C1"}) is None


def test_a_button_of_a_later_version_or_of_somebody_else_is_not_read():
    assert read_button_value(button_value(message="m1")) == {"message": "m1"}
    assert read_button_value('{"v": 2, "message": "m1"}') is None
    assert read_button_value("retry") is None
    assert read_button_value('["v", 1]') is None


def test_a_post_is_known_by_its_block_or_by_its_metadata():
    assert post_id_of({"blocks": [{"block_id": "x"}, {"block_id": "clerk:p1"}]}) == "p1"
    assert post_id_of({"metadata": {"event_type": "clerk_post", "event_payload": {"id": "p2"}}}) == "p2"
    assert post_id_of({"metadata": {"event_type": "other", "event_payload": {"id": "p3"}}, "blocks": [None]}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "type", "subtype", "channel", "user", "ts", "thread_ts", "event", "message", "previous_message", "edited",
        "deleted_ts", "actions", "container", "message_ts", "channel_id", "value", "action_id", "team", "bot_id",
        "old_channel_id", "new_channel_id", "event_id", "trigger_id",
    ]
)  # fmt: skip
WORDS = st.sampled_from(["message", "message_changed", "message_deleted", "tombstone", "block_actions", "C1", "1.0"])
PAYLOADS = st.recursive(
    JSON | WORDS, lambda inner: st.dictionaries(KEYS, inner | WORDS) | st.lists(inner, max_size=2), max_leaves=25
)


@given(st.sampled_from(["events_api", "interactive", "slash_commands", ""]), st.dictionaries(KEYS, PAYLOADS))
def test_nothing_that_slack_may_send_is_more_than_a_happening_or_nothing(kind, payload):
    happening = parse.read(kind, payload, ME)
    if happening is not None:
        assert parse.dedupe_keys(kind, "e", payload, happening)
        assert parse.lane(happening)
        assert isinstance(parse.sort_ts(payload), str)


# Frames ---------------------------------------------------------------------------------------------------------


def test_frames_are_read():
    hello = '{"type":"hello","num_connections":2,"connection_info":{"app_id":"A1"},"debug_info":{"host":"x"}}'
    envelope = '{"envelope_id":"e1","type":"events_api","payload":{"a":1},"retry_attempt":2,"retry_reason":"timeout"}'

    assert read_frame(hello) == Hello(2, "A1")
    assert read_frame('{"type":"disconnect","reason":"warning"}') == Disconnect("warning")
    assert read_frame(envelope) == Envelope("e1", "events_api", {"a": 1}, 2)
    assert read_frame('{"envelope_id":"e2","type":"of_the_future"}') == Envelope("e2", "of_the_future")
    assert isinstance(read_frame('{"type":"pong"}'), Noise)


@given(st.text() | JSON.map(str))
def test_any_frame_is_something(text):
    assert read_frame(text) is not None


# send … ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "to", "text"),
    [
        ("send 4155550123 Hello from Clerk", "+14155550123", "Hello from Clerk"),
        ("Send 4155550123 Hello", "+14155550123", "Hello"),
        ("send #4155550123 Hello", "+14155550123", "Hello"),
        ("send +44 7700 900123 Hello", "+447700900123", "Hello"),
        ("send (415) 555-0123 Hello", "+14155550123", "Hello"),
        ("send 415-555-0123 2 pm is fine", "+14155550123", "2 pm is fine"),
        ("send 415 555 0123 2 pm is fine", "+14155550123", "2 pm is fine"),
        ("send 4155550123\nline one\nline two", "+14155550123", "line one\nline two"),
        ("send 4155550123", "+14155550123", ""),
    ],
)
def test_a_wish_to_send_is_read(typed, to, text):
    assert read_send(typed, "US") == Send(to, text)


@pytest.mark.parametrize(("typed", "word"), [("send Bob hello", "Bob"), ("send 415 hello", "415"), ("send 0 x", "0")])
def test_a_number_that_cannot_be_read_is_given_back(typed, word):
    assert read_send(typed, "US") == Unreadable(word)


@pytest.mark.parametrize("typed", ["sending 4155550123 x", "please send 4155550123 x", "send", "", "Hello"])
def test_ordinary_talk_is_no_wish(typed):
    assert read_send(typed, "US") is None


@given(st.text())
def test_any_text_is_a_wish_or_talk(typed):
    assert isinstance(read_send("send " + typed, "US"), Send | Unreadable | None)
