"""What the public sees: the career site of a company, its application form, the XML feed, robots and sitemap."""
