"""From a request to an accepted order: forms, suggestions, previews, the card."""
