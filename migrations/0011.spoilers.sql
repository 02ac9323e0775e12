-- Whether what an order makes is shown covered, because a file that was given with it was. It stays when the files go.

ALTER TABLE orders ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0;
