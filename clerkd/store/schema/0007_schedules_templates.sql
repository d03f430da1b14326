-- What is sent later, again, or in words written beforehand.

-- Scheduled messages that are taken back if the peer texts first.
CREATE TABLE follow_ups (
    message_id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL
);
CREATE INDEX follow_ups_by_conversation ON follow_ups (conversation_id);

CREATE INDEX messages_missed ON messages (send_at) WHERE error_code = 'schedule.missed';

-- Texts that repeat. Each turn is a message of its own; the next one is accepted when the newest is no longer scheduled.
CREATE TABLE series (
    id TEXT PRIMARY KEY, -- the id of its first message
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    text TEXT NOT NULL,
    frequency TEXT NOT NULL CHECK (frequency IN ('daily', 'weekly', 'monthly')),
    every BIGINT NOT NULL,
    starts TEXT NOT NULL, -- local time in `zone`, ISO 8601 without an offset
    zone TEXT NOT NULL,
    until TEXT, -- the last local date
    times BIGINT, -- how many turns at most
    cancel_if_answered BIGINT NOT NULL,
    origin_kind TEXT NOT NULL,
    origin_actor TEXT,
    message_id TEXT NOT NULL, -- its newest turn,
    turn BIGINT NOT NULL, -- the number of that, from 0,
    due_at BIGINT NOT NULL, -- and when that was to go out, by the rule
    ended_at BIGINT,
    reason TEXT -- why it ended before its time
);
CREATE INDEX series_alive ON series (message_id) WHERE ended_at IS NULL;
CREATE INDEX series_by_conversation ON series (conversation_id) WHERE ended_at IS NULL;

-- In which channel a conversation's thread is begun, if not in that of its line.
CREATE TABLE slack_reply_places (
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    channel TEXT NOT NULL,
    PRIMARY KEY (line, peer)
);

CREATE TABLE templates (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL, -- the name as it is compared
    body TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('workspace', 'line', 'personal')),
    holder TEXT NOT NULL, -- the line or the Slack user whose it is, or nothing
    uses BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (scope, holder, folded)
);
