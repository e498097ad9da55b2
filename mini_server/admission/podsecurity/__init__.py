"""The Pod Security Standards: what pods of a level may not have."""
