"""What members like best: their own favourites, and the showcase of a server."""
