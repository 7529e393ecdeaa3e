"""The SQLite store behind the local server."""
