-- What decides whether a message may go out: quotas, opt-outs, Do Not Disturb.

-- Segments that went on the air, by quarters of an hour: every time zone's midnight is the beginning of one.
CREATE TABLE line_usage (
    line TEXT NOT NULL,
    quarter BIGINT NOT NULL, -- epoch ms, divided by 900,000
    segments BIGINT NOT NULL,
    PRIMARY KEY (line, quarter)
);

-- Segments added to the quota of the period in which they were added.
CREATE TABLE quota_packs (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    segments BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT
);
CREATE INDEX quota_packs_by_line ON quota_packs (line, at);

-- Warnings that were given.
CREATE TABLE quota_warnings (
    line TEXT NOT NULL,
    since BIGINT NOT NULL, -- the period
    percent BIGINT NOT NULL,
    PRIMARY KEY (line, since, percent)
);

-- Messages that a rule holds and will let go by itself; a person's decision deletes the row.
CREATE TABLE held_messages (
    message_seq BIGINT PRIMARY KEY REFERENCES messages (seq),
    line TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    until BIGINT NOT NULL -- when the rule will look again, as far as was known
);
CREATE INDEX held_messages_by_line ON held_messages (line, message_seq);
CREATE INDEX held_messages_by_conversation ON held_messages (conversation_id, message_seq);

-- Who wants no more texts, from any line. How it came about is in the ledger, where nothing is ever changed.
CREATE TABLE opt_outs (
    peer TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    keyword TEXT, -- what the peer texted; null: a person entered it
    reason TEXT,
    actor TEXT
);
CREATE TABLE opt_out_ledger (
    seq INTEGER PRIMARY KEY,
    peer TEXT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('out', 'back', 'suspected', 'dismissed')),
    line TEXT,
    message_id TEXT, -- the text that said so
    keyword TEXT,
    reason TEXT,
    actor TEXT
);
CREATE INDEX opt_out_ledger_by_peer ON opt_out_ledger (peer, seq);

-- One answer to a keyword each, from the commit of the keyword until it is accepted for sending.
CREATE TABLE keyword_answers (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('stop', 'start', 'help')),
    language TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done'))
);
CREATE INDEX keyword_answers_waiting ON keyword_answers (id) WHERE state = 'waiting';
CREATE INDEX keyword_answers_by_peer ON keyword_answers (peer, kind, at);

-- Do Not Disturb: texts from these are kept but not shown.
CREATE TABLE dnd_entries (
    id TEXT PRIMARY KEY,
    pattern TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('exact', 'prefix', 'letters')),
    at BIGINT NOT NULL,
    reason TEXT,
    actor TEXT,
    until BIGINT -- null: for ever
);
CREATE TABLE dnd_messages (
    message_seq BIGINT PRIMARY KEY REFERENCES messages (seq),
    pattern TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX dnd_messages_by_time ON dnd_messages (at);
CREATE INDEX dnd_messages_by_pattern ON dnd_messages (pattern, at);
