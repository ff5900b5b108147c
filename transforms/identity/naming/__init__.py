"""Person ids: which component keeps which, and new ones."""
