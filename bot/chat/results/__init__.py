"""What can be done with a result: the buttons under it, each in a file of its own."""
