-- Bearer tokens of the HTTP API. The token itself is shown once, when it is made, and is not kept.
CREATE TABLE token (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL UNIQUE,  -- the first characters of the token: finds the row, identifies it to people
    digest TEXT NOT NULL,  -- SHA-256 of the whole token, hex
    scopes TEXT NOT NULL,  -- words with one space between them
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,  -- to the minute
    revoked_at BIGINT
);

-- A name can be used again after its token was revoked; revoked tokens stay listed.
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at IS NULL;
