-- Only who reads notices has a place in them: one that never moves would keep all of them.
DELETE FROM sinks WHERE name = 'opt-outs';
