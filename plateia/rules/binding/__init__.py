"""What a document means: names are looked up in the catalogue, values get their types, and every misfit is reported."""
