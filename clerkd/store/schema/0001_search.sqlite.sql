-- The words of messages. External content: the index holds no second copy of the text. The op that writes a message
-- writes its words (no triggers), so another engine can do the same with its own kind of index.
CREATE VIRTUAL TABLE message_words USING fts5 (
    text,
    content = 'messages',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '2 3' -- what is only begun is found as quickly as a whole word
);
