-- An event settles a success together with the file that it brought. `result_mark` is by what a result is known again,
-- whoever signs a link to it (`result_mark` in bot/domain/orders/generation.py): no other output may claim the same.
-- `unconfirmed_since` is set until the provider's own rows have said the same as the event.

ALTER TABLE generations ADD COLUMN result_mark BIGINT;

ALTER TABLE generations ADD COLUMN unconfirmed_since BIGINT;

CREATE INDEX generations_result ON generations (result_mark) WHERE result_mark IS NOT NULL;
CREATE INDEX generations_unconfirmed ON generations (unconfirmed_since) WHERE unconfirmed_since IS NOT NULL;
