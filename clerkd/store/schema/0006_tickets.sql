-- Conversations as work. A conversation without a row is a new ticket of which nothing is known.

CREATE TABLE tickets (
    conversation_id TEXT PRIMARY KEY REFERENCES conversations (id),
    status TEXT NOT NULL CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')),
    priority TEXT CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    subject TEXT NOT NULL DEFAULT '',
    snoozed BIGINT NOT NULL DEFAULT 0,
    waiting_since BIGINT, -- of the first text without an answer
    unanswered BIGINT NOT NULL DEFAULT 0,
    received BIGINT NOT NULL DEFAULT 0, -- inbound texts ever
    activity_at BIGINT, -- of the newest text either way
    told_at BIGINT, -- people were notified of what waits
    remind_from BIGINT, -- when it was put off meanwhile
    reminders BIGINT NOT NULL DEFAULT 0,
    last_inbound TEXT, -- message id
    answer_id TEXT, -- the message that answered; should it fail, these two were so before it
    answered_since BIGINT,
    answered_count BIGINT,
    changed_at BIGINT NOT NULL,
    -- What will happen by itself, and when.
    notify_at BIGINT,
    remind_at BIGINT,
    close_at BIGINT,
    snooze_until BIGINT,
    refresh_at BIGINT,
    due_at BIGINT -- the earliest of the five
);
CREATE INDEX tickets_due ON tickets (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tickets_by_activity ON tickets (activity_at, conversation_id);
CREATE INDEX tickets_by_status ON tickets (status, activity_at);
CREATE INDEX tickets_waiting ON tickets (waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE ticket_assignees (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, person)
);
CREATE INDEX ticket_assignees_by_person ON ticket_assignees (person);

CREATE TABLE ticket_tags (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    tag TEXT NOT NULL, -- in lower case
    PRIMARY KEY (conversation_id, tag)
);
CREATE INDEX ticket_tags_by_tag ON ticket_tags (tag);

CREATE TABLE tags (
    tag TEXT PRIMARY KEY, -- in lower case
    label TEXT NOT NULL, -- as its first writer wrote it
    created_at BIGINT NOT NULL
);

-- Who is notified of a conversation; nobody here means where its texts come to.
CREATE TABLE ticket_notified (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    position BIGINT NOT NULL,
    target TEXT NOT NULL, -- a user's or a channel's id
    PRIMARY KEY (conversation_id, target)
);

CREATE TABLE ticket_notes (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- the submission that it came with
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX ticket_notes_by_conversation ON ticket_notes (conversation_id, seq);

-- What was done to a ticket, by whom. `actor` null: by itself.
CREATE TABLE ticket_events (
    seq INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT,
    detail TEXT
);
CREATE INDEX ticket_events_by_conversation ON ticket_events (conversation_id, seq);
