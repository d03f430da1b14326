-- Messages and what becomes of them.
--
-- Portable: times are epoch milliseconds, ids are made in code, truth values are 0 or 1, and every `seq` is the order
-- of commits. A message's state is not here: it is derived from its segments (clerkd.model.lifecycle).

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    held_until BIGINT NOT NULL DEFAULT 0, -- nothing is sent to the peer before: order outlives a retry
    UNIQUE (line, peer)
);
CREATE INDEX conversations_by_last_at ON conversations (last_at);
CREATE INDEX conversations_by_hold ON conversations (line, held_until) WHERE held_until > 0;
CREATE INDEX conversations_by_peer ON conversations (peer);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    text TEXT NOT NULL,
    encoding TEXT NOT NULL,
    disposition TEXT NOT NULL CHECK (disposition IN ('active', 'scheduled', 'held', 'cancelled', 'received')),
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL, -- of the message itself; its segments have their own
    key TEXT, -- the caller's word that makes accepting idempotent
    send_at BIGINT,
    ttl_ms BIGINT,
    outcome_policy TEXT,
    resend_at BIGINT, -- at_least_once: when an unknown outcome is answered with another copy
    origin_kind TEXT,
    origin_actor TEXT,
    origin_ref TEXT,
    error_code TEXT,
    error_message TEXT
);
CREATE UNIQUE INDEX messages_by_key ON messages (key) WHERE key IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (conversation_id, seq);
CREATE INDEX messages_scheduled ON messages (send_at) WHERE disposition = 'scheduled';
CREATE INDEX messages_put_off ON messages (seq) WHERE disposition <> 'active' AND direction = 'outbound';
CREATE INDEX messages_to_resend ON messages (resend_at) WHERE resend_at IS NOT NULL;

CREATE TABLE segments (
    message_seq BIGINT NOT NULL REFERENCES messages (seq),
    part BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    line TEXT NOT NULL,
    state TEXT NOT NULL,
    queued BIGINT NOT NULL, -- 1: pending and allowed to go
    payload BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, -- ever
    tries BIGINT NOT NULL DEFAULT 0, -- since a person asked for it: what the limit counts
    epoch BIGINT, -- of the lease under which it was claimed
    claimed_at BIGINT,
    sim TEXT,
    reference BIGINT,
    submitted_at BIGINT,
    report_status TEXT,
    report_at BIGINT,
    PRIMARY KEY (message_seq, part)
);
CREATE INDEX segments_queue ON segments (line, message_seq, part) WHERE queued = 1;
CREATE INDEX segments_by_reference ON segments (reference, submitted_at) WHERE reference IS NOT NULL;
-- One each: a planner proves `state = 'failed'` of a query equal to that of an index, but not contained in a list.
CREATE INDEX segments_submitting ON segments (message_seq, part) WHERE state = 'submitting';
CREATE INDEX segments_unknown ON segments (message_seq) WHERE state = 'unknown';
CREATE INDEX segments_failed ON segments (message_seq) WHERE state = 'failed';
CREATE INDEX segments_expired ON segments (message_seq) WHERE state = 'expired';

CREATE TABLE attempts (
    message_seq BIGINT NOT NULL,
    part BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    line TEXT NOT NULL,
    sim TEXT,
    epoch BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL, -- a SegmentEvent
    reference BIGINT,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (message_seq, part, attempt),
    FOREIGN KEY (message_seq, part) REFERENCES segments (message_seq, part)
);

-- Decisions about a message: cancelled, held, released, resent, marked sent, expired, amended.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    message_seq BIGINT NOT NULL REFERENCES messages (seq),
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT,
    detail TEXT
);
CREATE INDEX events_by_message ON events (message_seq);

-- What arrived, as it came. `text` is UTF-16-BE: a part may end in half a surrogate pair.
CREATE TABLE parts (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    sim TEXT NOT NULL,
    pdu BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    sender TEXT NOT NULL,
    sent_at BIGINT,
    encoding TEXT NOT NULL,
    text BLOB NOT NULL,
    octets BLOB NOT NULL,
    concat_reference BIGINT,
    concat_bits BIGINT,
    concat_total BIGINT,
    concat_sequence BIGINT,
    message_class BIGINT,
    destination_port BIGINT,
    truncated BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'repeated')),
    message_seq BIGINT REFERENCES messages (seq)
);
CREATE INDEX parts_waiting ON parts (seq) WHERE state = 'waiting';
CREATE INDEX parts_by_message ON parts (message_seq);
CREATE INDEX parts_by_reference ON parts (sender, concat_reference, received_at) WHERE concat_reference IS NOT NULL;

CREATE TABLE unreadable (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    sim TEXT NOT NULL,
    pdu BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE reports (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    sim TEXT NOT NULL,
    pdu BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    reference BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    accepted_at BIGINT,
    discharged_at BIGINT,
    status TEXT NOT NULL,
    status_octet BIGINT NOT NULL,
    message_seq BIGINT, -- null until its segment is known
    part BIGINT
);
CREATE INDEX reports_unmatched ON reports (reference, received_at) WHERE message_seq IS NULL;
CREATE INDEX reports_unmatched_by_line ON reports (line, received_at) WHERE message_seq IS NULL;
CREATE INDEX reports_by_sim ON reports (sim, seq);
CREATE INDEX reports_by_message ON reports (message_seq) WHERE message_seq IS NOT NULL;

-- Which PDUs were kept already: a source that could not forget one offers it again.
CREATE TABLE seen_pdus (
    sim TEXT NOT NULL,
    digest BLOB NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (sim, digest)
);
CREATE INDEX seen_pdus_by_time ON seen_pdus (seen_at);

CREATE TABLE notices (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    line TEXT NOT NULL,
    conversation_id TEXT,
    message_id TEXT,
    detail TEXT
);

CREATE TABLE sinks (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL -- the last notice that it has dealt with
);

CREATE TABLE leases (
    line TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE lost_lines (
    line TEXT PRIMARY KEY, -- its loss was told, its return was not
    at BIGINT NOT NULL
);
