"""Records what a Kalshi-compatible host sends: tapes that `mock-kalshi up --tape` plays, and Parquet."""
