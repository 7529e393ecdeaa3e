"""One module for each family of attribute names."""
