"""Bootstrap document formats: bytes to typed objects and back, lossless, without I/O."""
