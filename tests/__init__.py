"""The proof: nothing here is imported by the product."""
