"""What a refresh has to read and to write anew, given what it read and wrote before."""
