"""Who the persons of whole groups are, and by which ids: arrays in, arrays out; nothing here knows Spark."""
