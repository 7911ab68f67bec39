"""The feed server: the log -> per-market state -> REST, WebSocket, Redis; and a recorder of any compatible host."""
