"""Streams: how a finished object becomes chunks, and when each is due."""
