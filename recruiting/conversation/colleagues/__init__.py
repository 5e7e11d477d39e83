"""Who answers, and what colleagues are told."""
