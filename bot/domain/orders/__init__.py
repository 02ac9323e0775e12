"""Orders from the request to the post."""
