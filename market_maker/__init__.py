"""A market maker and the other agents of a live market; a client of any Kalshi-compatible venue."""
