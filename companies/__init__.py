"""Tenants and people: users, companies, subcompanies, memberships, API credentials, audit, stored files."""
