"""What is told and kept: acts, notices, usage, history."""
