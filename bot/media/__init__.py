"""Media files by their own bytes: what a file is, whatever its name and its sender say. Nothing is decoded."""
