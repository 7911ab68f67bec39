"""Recorded order books, played inside the venue (docs/tapes.md)."""
