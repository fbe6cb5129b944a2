"""Ways into clients in this process: calls to OpenAI's hosts are answered here and never leave."""
