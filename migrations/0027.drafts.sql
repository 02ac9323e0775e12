-- What a draft stands for: the settings of the order that is meant, as JSON. NULL: it is no draft.
ALTER TABLE orders ADD COLUMN proper TEXT;
