-- The files that a member gave along with an order, as JSON: where each goes, and where it can be fetched again.

ALTER TABLE orders ADD COLUMN inputs TEXT NOT NULL DEFAULT '[]';
