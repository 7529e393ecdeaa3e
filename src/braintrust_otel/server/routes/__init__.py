"""Route functions, one module for each endpoint family."""
