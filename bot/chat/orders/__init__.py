"""From a request to an accepted order: commands' forms, cards, results, storyboards, the catalogue."""
