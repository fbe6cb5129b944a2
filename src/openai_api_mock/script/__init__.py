"""What the user says that the model says."""
