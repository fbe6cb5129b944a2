"""What every store does, whatever keeps it, and what each does in its own way."""
