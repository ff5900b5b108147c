"""Records of which it is known who is who, and how well their persons are found."""
