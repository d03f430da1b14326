-- Calls that rang a line, and the texts that answer those who were hung up on.

CREATE TABLE calls (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    at BIGINT NOT NULL,
    caller TEXT, -- null: number withheld
    dnd_pattern TEXT -- of the entry of the Do Not Disturb list that kept it from being shown
);
CREATE INDEX calls_by_caller ON calls (caller);
CREATE INDEX calls_kept_back ON calls (at) WHERE dnd_pattern IS NOT NULL;

-- One text back each, from the commit of the call until it is accepted for sending or will not be.
CREATE TABLE text_backs (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    peer TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    at BIGINT NOT NULL, -- of the call
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done'))
);
CREATE INDEX text_backs_waiting ON text_backs (id) WHERE state = 'waiting';
CREATE INDEX text_backs_by_peer ON text_backs (peer, line, at);
