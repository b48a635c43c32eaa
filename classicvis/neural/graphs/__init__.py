"""ONNX graphs: writing networks, cutting them, and reading what they tell of themselves."""
