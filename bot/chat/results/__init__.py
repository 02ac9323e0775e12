"""What an order became: the result message, its buttons, and looking back."""
