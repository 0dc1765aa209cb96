"""What is counted, what is reported of it, and the files it goes into."""
