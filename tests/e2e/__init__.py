"""The whole path: the product as the Procfile starts it, real servers around it, people in a browser."""
