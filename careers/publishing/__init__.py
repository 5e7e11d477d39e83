"""Pages for those who publish: the career site's switches, a trial of the endpoint, embeds of a position."""
