"""What was used, over a day, a month, a week."""
