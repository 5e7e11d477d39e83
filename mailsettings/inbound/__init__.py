"""Mail on its way in: three doors, the spool that stores raw mail before reading it, routing to companies."""
