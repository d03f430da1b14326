-- What the Slack side remembers. Slack is never used as storage: what is there can be archived, deleted or expire.

-- Channels by the name in the configuration. The id is what counts once it is known: names change.
CREATE TABLE slack_channels (
    name TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    seen_ts TEXT -- Slack's timestamp up to which everything that people wrote has been looked at
);

-- Every message under which a conversation is or was shown. Replies under any of them belong to it, for ever; new
-- messages go under the current one.
CREATE TABLE slack_threads (
    channel TEXT NOT NULL,
    root_ts TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    current BIGINT NOT NULL, -- 1 or 0
    created_at BIGINT NOT NULL,
    PRIMARY KEY (channel, root_ts)
);
CREATE UNIQUE INDEX slack_threads_current ON slack_threads (conversation_id) WHERE current = 1;

-- What is to be said in Slack, in order within a lane. The id is in the message's block_id, so that a post whose
-- answer was lost can be found again.
CREATE TABLE slack_posts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('post', 'update', 'delete', 'react', 'whisper', 'pin', 'channel')),
    subject TEXT NOT NULL, -- what it shows: card:…, message:…, prompt:…, or nothing
    line TEXT, -- whose channel it goes to
    conversation_id TEXT, -- whose thread it goes to; null: not in a conversation's thread
    channel TEXT, -- where it goes, or went
    thread_ts TEXT,
    target_ts TEXT, -- the message to update or react to
    target_id TEXT, -- or the post that will be that message
    payload TEXT NOT NULL, -- JSON; emptied when done
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'dropped')),
    due_at BIGINT NOT NULL, -- not before
    attempts BIGINT NOT NULL DEFAULT 0,
    claimed_at BIGINT,
    sent_channel TEXT, -- where it was sent when it was claimed: one in doubt is looked for there
    sent_thread_ts TEXT,
    ts TEXT, -- Slack's word for the message
    error TEXT,
    answered_by TEXT, -- of a prompt: the click that decided it
    created_at BIGINT NOT NULL
);
CREATE INDEX slack_posts_queue ON slack_posts (lane, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX slack_posts_by_subject ON slack_posts (subject) WHERE subject <> '';
CREATE INDEX slack_posts_by_ts ON slack_posts (channel, ts) WHERE ts IS NOT NULL;
CREATE INDEX slack_posts_by_target ON slack_posts (target_id) WHERE state = 'waiting';
CREATE INDEX slack_posts_by_age ON slack_posts (created_at);

-- What Slack sent, from the commit that precedes the acknowledgement until it has been acted on.
CREATE TABLE slack_inbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL, -- a channel's thread: one thing after the other
    sort_ts TEXT NOT NULL, -- events come in any order; their timestamps tell the right one
    payload TEXT NOT NULL, -- JSON; emptied when done
    state TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'done', 'failed')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    received_at BIGINT NOT NULL
);
CREATE INDEX slack_inbox_queue ON slack_inbox (lane, sort_ts) WHERE state = 'waiting';
CREATE INDEX slack_inbox_by_age ON slack_inbox (received_at);

-- Slack sends the same thing again when an acknowledgement was late, and on purpose in two events.
CREATE TABLE slack_seen (
    key TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX slack_seen_by_time ON slack_seen (seen_at);

-- What became of a message that a person wrote: needed when they edit or delete it.
CREATE TABLE slack_said (
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'note', 'refused', 'asked', 'deleted')),
    message_id TEXT,
    PRIMARY KEY (channel, ts)
);
