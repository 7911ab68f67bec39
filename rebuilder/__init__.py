"""The book from the log: written without a look at the venue's engine, so that each checks the other."""
