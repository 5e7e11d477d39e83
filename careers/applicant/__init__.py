"""`POST /recruiting/applicant`: the documented multipart door, its fields, checks, messages and kept attempts."""
