"""What a company sets up: texts, signatures, stages, scorecards, fields, channels, types of interviews."""
