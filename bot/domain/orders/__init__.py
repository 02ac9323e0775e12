"""Orders from the wish to the post."""
