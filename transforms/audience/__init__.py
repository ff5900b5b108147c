"""The shared-pass engine: all audiences of a site compiled into one graph, evaluated once per block of people."""
