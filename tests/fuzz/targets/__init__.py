"""The fuzz targets, one module each; ``tests.fuzz.registry`` lists them."""
