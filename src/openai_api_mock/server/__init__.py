"""The mock as a server: the engine behind real HTTP, for any language. Needs the `server` extra."""
