-- Direct channels: a channel of Slack's for one conversation, where every top-level message is a text.

-- One row for each that was asked for. The name is committed before Slack is asked for it, so that a channel whose
-- making was cut short is found again and not made twice.
CREATE TABLE slack_direct (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    current BIGINT NOT NULL, -- 1: the newest of its conversation
    state TEXT NOT NULL CHECK (state IN ('making', 'open', 'closed')),
    name TEXT NOT NULL, -- as asked for last, or as it is called now
    base TEXT NOT NULL, -- what the contact's name led to, without a suffix
    renamed BIGINT NOT NULL DEFAULT 0, -- 1: people gave it another name, and keep it
    channel TEXT, -- Slack's id, once it was made
    problem TEXT, -- of one that is closed: why
    asked_by TEXT NOT NULL, -- a Slack user id
    seen_ts TEXT, -- Slack's timestamp up to which everything that people wrote has been looked at
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX slack_direct_current ON slack_direct (conversation_id) WHERE current = 1;
CREATE UNIQUE INDEX slack_direct_by_channel ON slack_direct (channel) WHERE channel IS NOT NULL;
CREATE INDEX slack_direct_by_name ON slack_direct (name);

-- What a card in Slack shows, as a digest: it is edited only when that changes.
CREATE TABLE slack_cards (
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (channel, ts)
);

CREATE INDEX slack_inbox_asked ON slack_inbox (seq) WHERE state = 'asked';
