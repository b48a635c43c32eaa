"""Training a network: data, steps, state, and what is kept of it."""
