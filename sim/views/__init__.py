"""What people see: tables, figures, and the words of the command line."""
