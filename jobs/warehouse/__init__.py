"""What a refresh of the warehouse does, step by step: deliveries, accepted rows, staged tables, one flip."""
