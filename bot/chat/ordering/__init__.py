"""From a wish to an accepted order: forms, remedies, previews, the card."""
