"""The JSON interface after it: documents first, then applications, from one table of fields that also describes it."""
