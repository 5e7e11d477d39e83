"""What is known about mail providers: servers, user names, passwords, limits. Tables, no connections."""
