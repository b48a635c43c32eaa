"""ONNX graphs: writing networks, cutting them, and reading what their metadata say."""
