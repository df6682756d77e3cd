"""Taking in a register of volunteers that was kept elsewhere: read, compare with who is here, register in bulk."""
