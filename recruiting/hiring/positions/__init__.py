"""What a position is made of: its state, texts, stages, scorecards and fields."""
