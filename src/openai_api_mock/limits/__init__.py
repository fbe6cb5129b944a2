"""Rate limits, quotas and how many calls are answered at the same time. Nothing of it costs anything until it's set."""
