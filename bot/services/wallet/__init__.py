"""Whose money: keys, payers, costs, and the comparison of the books."""
