"""One person: the profile with its documents and evaluations, the list of people, bringing them in, finding them."""
