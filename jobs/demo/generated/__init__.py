"""What the supermarket does not have, made from a seed: signals of its real households. None of them is real."""
