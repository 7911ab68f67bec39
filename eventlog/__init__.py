"""Where the log is kept: the venue's journal files, Kafka, or memory. The promises are in wire/event_log.py."""
