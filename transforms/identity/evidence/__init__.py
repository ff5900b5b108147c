"""From rows of signals to edges: which identifiers were seen together, how often and when."""
