"""What the mock says when nobody scripted it."""
