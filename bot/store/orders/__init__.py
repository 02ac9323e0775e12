"""Orders, generations, posts and pending confirmations."""
