"""What sessions that are talked to have in common, whatever their events."""
