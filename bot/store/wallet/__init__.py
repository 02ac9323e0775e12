"""Money, keys, rules and the fair queue."""
