"""Orders, generations, posts and drafts."""
