"""Words and links of the email settings page."""
