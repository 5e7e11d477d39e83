"""What candidates write: matched, filed, sorted by people or rules, turned into applications."""
