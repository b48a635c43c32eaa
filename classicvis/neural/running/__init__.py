"""Running ONNX graphs by onnxruntime: sessions, devices, and what goes in and comes out."""
