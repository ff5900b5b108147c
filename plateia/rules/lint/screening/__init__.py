"""Which rules need a closer look: cheap, so that 180,000 audiences are."""
