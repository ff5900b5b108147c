"""Without a JVM."""
