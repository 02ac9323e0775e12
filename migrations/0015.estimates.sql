-- What an order was estimated to cost, and from what; what models really cost before.

-- `quote_micro_usd` is what is set aside for each output. What was shown for it may be less (the median of what was learnt).
-- `estimate_source`: listed, set, learnt or ceiling; NULL where nothing was known when that was allowed.
-- `cost_drivers`: what the cost depends on besides the model; what is learnt is kept under it.
ALTER TABLE orders ADD COLUMN shown_micro_usd BIGINT;
ALTER TABLE orders ADD COLUMN estimate_source TEXT;
ALTER TABLE orders ADD COLUMN estimate_samples BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN cost_drivers TEXT;

UPDATE orders SET shown_micro_usd = quote_micro_usd, estimate_source = 'listed' WHERE quote_micro_usd IS NOT NULL;

-- Whether somebody who manages the guild has to say yes, and not the requester.
ALTER TABLE pending_confirmations ADD COLUMN asks_managers INTEGER NOT NULL DEFAULT 0;

-- The latest costs of one model's outputs of one kind, as the provider told them, by who paid; for everybody together
-- (payer '') too. `micro_usd` is a list in JSON, the latest last, of bounded length.
CREATE TABLE learnt_costs (
    payer TEXT NOT NULL,
    model_id TEXT NOT NULL,
    drivers TEXT NOT NULL,
    micro_usd TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (payer, model_id, drivers)
);

CREATE INDEX learnt_costs_by_age ON learnt_costs (at);

-- Unclear money is looked for by guild; hardly anything is unclear.
CREATE INDEX entries_unclear ON entries (guild_id, at) WHERE kind = 'unclear';
