"""The studio: a page on which one chooses options and sees the code."""
