"""What all features of the front end share: controls, forms, replies, words, money, translation."""
