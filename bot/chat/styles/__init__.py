"""Styles and characters: saved, listed, shared and deleted. Orders are made in them by `bot.chat.orders`."""
