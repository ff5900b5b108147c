"""What each kind of leaf claims."""
