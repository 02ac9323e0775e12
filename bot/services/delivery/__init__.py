"""What channels are owed: results, cards, notices."""
