"""From a source's raw rows to typed ones: sites, persons, instants, values, and why a row is refused."""
