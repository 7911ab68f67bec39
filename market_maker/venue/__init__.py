"""How the agents talk to a venue: one port, spoken over REST or FIX, and the feed of books and own orders."""
