"""A verdict on a client: what it makes of faults, held against what it should. Pure: others run the client."""
