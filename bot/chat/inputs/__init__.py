"""Files that members give: fetched from Discord, looked at, kept in the card."""
