"""Which quotes to wish for. A strategy is a pure function of a View; the names in `STRATEGIES` are what can be chosen."""
