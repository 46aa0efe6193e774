"""Pages that work by forms alone: a whole conversation, following a case, and what is said of an error."""
