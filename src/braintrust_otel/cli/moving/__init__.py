"""What moves rows between stores and files."""
