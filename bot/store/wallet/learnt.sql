-- name: learnt
SELECT payer, model_id, drivers, micro_usd FROM learnt_costs;

-- name: learnt_one
SELECT micro_usd FROM learnt_costs WHERE payer = :payer AND model_id = :model_id AND drivers = :drivers;

-- name: learn
INSERT INTO learnt_costs (payer, model_id, drivers, micro_usd, at)
VALUES (:payer, :model_id, :drivers, :micro_usd, :now)
ON CONFLICT (payer, model_id, drivers) DO UPDATE SET micro_usd = excluded.micro_usd, at = excluded.at;

-- name: forget_oldest_learnt
DELETE FROM learnt_costs WHERE at < (SELECT l.at FROM learnt_costs AS l ORDER BY l.at DESC LIMIT 1 OFFSET :most);
