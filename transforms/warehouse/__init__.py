"""The warehouse: the company's own rows become people, events and ordinals. No reading, no writing, no clock."""
