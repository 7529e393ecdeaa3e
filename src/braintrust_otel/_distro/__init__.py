"""Starting without code, and reaching the instrumentor packages that are installed."""
