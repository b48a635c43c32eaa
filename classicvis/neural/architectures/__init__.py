"""Networks as plain data and as torch modules, and what each wants from training: optimizers, epochs, presets."""
