"""Queries: what is doubtful is asked of the firm by letter, and what it answers becomes a decision on record."""
