-- What left the store as a file: who took what, and when. Rows are added and never changed.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    via TEXT NOT NULL, -- slack, api, cli
    actor TEXT NOT NULL, -- Slack user, name of a token, or "command line"
    action TEXT NOT NULL, -- contacts.exported, conversation.exported
    conversation_id TEXT,
    format TEXT NOT NULL
);
