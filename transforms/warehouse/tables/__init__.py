"""From the accepted rows of all sources to the warehouse's tables."""
