-- Texts of one conversation that waited together are shown in one message: the post that is that message.
ALTER TABLE slack_posts ADD COLUMN joined_id TEXT;
CREATE INDEX slack_posts_joined ON slack_posts (joined_id) WHERE joined_id IS NOT NULL;
CREATE INDEX slack_posts_of_conversation ON slack_posts (lane, conversation_id, seq) WHERE state = 'waiting';
