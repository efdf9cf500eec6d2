"""Demo: the generated demonstration city Neuwald an der Mulde."""
