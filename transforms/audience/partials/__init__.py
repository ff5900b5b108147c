"""Daily totals of events, kept from run to run: long windows are answered without reading their events again."""
