"""The local server: route functions over a SQLite store."""
