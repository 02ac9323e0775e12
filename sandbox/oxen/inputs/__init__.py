"""What a request brings along: pictures, films and sounds, named by URL, fetched when the generation runs."""
