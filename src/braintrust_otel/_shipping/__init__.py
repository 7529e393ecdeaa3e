"""Rows to delivery: knows rows and batches, not spans and not HTTP."""
