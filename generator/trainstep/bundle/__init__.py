"""One file of a whole project: a script or a notebook."""
