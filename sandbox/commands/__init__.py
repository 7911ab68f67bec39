"""The verbs of `mock-kalshi`, one file each. A verb parses, calls one thing, and prints."""
