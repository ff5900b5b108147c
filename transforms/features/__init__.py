"""Features: what people did and are, as one packed float32 matrix a block of people."""
