"""What users call while their program runs."""
