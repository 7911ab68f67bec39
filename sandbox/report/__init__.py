"""The report card of a run: who traded what, at what price, with what luck."""
