"""What was used, in numbers and as a picture."""
