"""`drover play`: both stand-ins and the bot as processes, a page to use them by, and a backstage that breaks things."""
