-- Who is behind a number.

CREATE TABLE contacts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL, -- folded: how lists are ordered, and what a begun name is compared with
    company TEXT NOT NULL,
    email TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_name ON contacts (sort_name, id);

CREATE TABLE contact_numbers (
    number TEXT PRIMARY KEY, -- E.164: one contact at most
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    position BIGINT NOT NULL -- from 0, the usual one first
);
CREATE INDEX contact_numbers_by_contact ON contact_numbers (contact_id, position);

CREATE TABLE contact_tags (
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    folded TEXT NOT NULL,
    tag TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (contact_id, folded)
);
CREATE INDEX contact_tags_by_tag ON contact_tags (folded, contact_id);

-- Append-only.
CREATE TABLE contact_notes (
    seq INTEGER PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX contact_notes_by_contact ON contact_notes (contact_id, seq);

-- What finds a contact by its beginning: the folded words of name, company, e-mail and tags, and the digits of each
-- number from every position on, so that any run of digits is the beginning of one of them.
CREATE TABLE contact_words (
    word TEXT NOT NULL,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (word, contact_id)
);
CREATE INDEX contact_words_by_contact ON contact_words (contact_id);

-- A file of contacts on its way in. Rows are taken in by transactions of some hundred, each with its outcomes, so
-- that what was interrupted goes on where it was.
CREATE TABLE contact_imports (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL, -- the file's name
    actor TEXT NOT NULL,
    region TEXT, -- in which national numbers are read
    overwrite BIGINT NOT NULL, -- 1: what the file says takes the place of what is known
    headers TEXT NOT NULL, -- JSON: the columns' titles
    columns TEXT NOT NULL, -- JSON: what each column means
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'cancelled')),
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX contact_imports_running ON contact_imports (created_at) WHERE state = 'running';
CREATE INDEX contact_imports_by_age ON contact_imports (created_at);

CREATE TABLE contact_import_rows (
    import_id TEXT NOT NULL REFERENCES contact_imports (id),
    position BIGINT NOT NULL, -- in the file, the first after the header being 1
    cells TEXT NOT NULL, -- JSON
    outcome TEXT, -- null until it was its turn
    reason TEXT,
    contact_id TEXT,
    PRIMARY KEY (import_id, position)
);
CREATE INDEX contact_import_rows_open ON contact_import_rows (import_id, position) WHERE outcome IS NULL;

-- Numbers whose owners were erased at their wish: not the number, but its hash.
CREATE TABLE erased_numbers (
    digest BLOB PRIMARY KEY, -- HMAC-SHA-256 of the E.164 form
    erased_at BIGINT NOT NULL,
    opted_out_at BIGINT -- it wanted no more texts, and still gets none
);
CREATE TABLE erasure_keys (
    key BLOB PRIMARY KEY -- one row, from the first erasure on
);
