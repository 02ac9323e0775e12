"""The private panels of those who manage a server: `/settings`, and the walk of `/setup` through the same sections.

What a control is for is in its custom_id, what it shows is in the rows: a panel works after a restart, and a week
later.
"""
